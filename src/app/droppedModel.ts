/** A model as it is dropped or chosen: files, or folders with files in them. */
import { isModelFile } from "../storage/hub.ts";

export interface DroppedModel {
  name: string;
  files: File[];
}

/** The files that belong to a model, and a name for it that no stored one has. */
export function sortModelFiles(
  all: readonly File[],
  folder: string | null,
  taken: readonly string[],
): DroppedModel {
  const files = all.filter((file) => isModelFile(file.name));
  const chosenFolder = files[0]?.webkitRelativePath?.split("/")[0];
  const gguf = files.find((file) => file.name.endsWith(".gguf"));
  const name = (files.length === 1 && gguf?.name) || folder || chosenFolder || "dropped model";
  const numbered = (n: number): string => (n === 1 ? name : `${name} ${n}`);
  let n = 1;
  while (taken.includes(numbered(n))) n++;
  return { name: numbered(n), files: files.length > 0 ? files : [...all] }; // nothing fits: let the refusal name them
}

/** What lies in a drop: its files, and those of a dropped folder. Must be called while the event is handled. */
export async function filesOfDrop(data: DataTransfer): Promise<{ files: File[]; folder: string | null }> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const directory = entries.find((entry) => entry?.isDirectory) as FileSystemDirectoryEntry | undefined;
  if (directory === undefined) return { files: [...data.files], folder: null };
  const inside = await readAll(directory.createReader());
  const files = inside
    .filter((entry): entry is FileSystemFileEntry => entry.isFile)
    .map((entry) => new Promise<File>((resolve, reject) => entry.file(resolve, reject)));
  return { files: await Promise.all(files), folder: directory.name };
}

/** A reader gives a hundred entries at a time, and none at the end. */
async function readAll(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

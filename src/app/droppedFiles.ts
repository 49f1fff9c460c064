/** The files of a drop or a choice, with the folders they lie in. */

export interface PathFile {
  path: string;
  file: File;
}

export const chosenFiles = (files: Iterable<File>): PathFile[] =>
  [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** What was let go over the page, folders with all that lies in them. Called at once: later a browser has forgotten it. */
export async function droppedFiles({ items, files }: DataTransfer): Promise<PathFile[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return chosenFiles(files);
  const found = await Promise.all(entries.map((entry) => (entry === null ? [] : filesOf(entry))));
  return found.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<PathFile[]> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) break; // it gives a hundred at a time
    found.push(...some);
  }
  return (await Promise.all(found.map(filesOf))).flat();
}

/** A text as the file it would have been, named by its first words. */
export function pastedFile(text: string): PathFile {
  const line = text
    .trim()
    .split("\n", 1)[0]!
    .replace(/^#+\s*/, "");
  const name =
    line
      .replace(/[^\p{L}\p{M}\p{N} ,'’-]+/gu, " ")
      .trim()
      .slice(0, 48)
      .trim() || "Pasted text";
  const markdown = /^#{1,6}\s+\S/m.test(text);
  const path = `${name}.${markdown ? "md" : "txt"}`;
  return { path, file: new File([text], path) };
}

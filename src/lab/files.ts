/** Files of the headless runner: folders, JSONL in and out, and writing that is whole or not at all. */
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { LabError } from "../core/errors.ts";
import { type FileSource, parseJson, type RandomAccess, randomAccess } from "../core/files.ts";

/** What the product ships, built or run from source. */
export const SHIPPED = ["../public", "../../public"].map((up) => resolve(import.meta.dirname, up));

/** Whether a run's data is an archive of the product's own, which every page has. */
export const isShipped = (data: string): boolean =>
  !isAbsolute(data) && SHIPPED.some((folder) => existsSync(join(folder, data, "documents.json")));

/** The files of a folder on disk; of a GGUF file's path, that file alone. */
export function fromFolder(path: string): FileSource {
  const alone = /\.gguf$/i.test(path);
  const folder = alone ? dirname(path) : path;
  const source: FileSource = (name) => readBytes(join(folder, name));
  source.open = (name) => openBytes(join(folder, name));
  source.list = async () => (alone ? [basename(path)] : onDisk(folder, () => readdir(folder)));
  return source;
}

/** Opened anew for every part: nobody need close it. */
async function openBytes(path: string): Promise<RandomAccess> {
  const { size } = await onDisk(path, () => stat(path));
  return randomAccess(path, size, (offset, length) =>
    onDisk(path, async () => {
      const file = await open(path);
      try {
        const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    }),
  );
}

/** @throws LabError not-found naming the path */
export const readBytes = (path: string): Promise<Uint8Array<ArrayBuffer>> =>
  onDisk(path, async () => new Uint8Array(await readFile(path))); // a copy of its own: Node's small buffers share one

async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new LabError("not-found", `${path} is not there`, { cause });
    throw new LabError("not-found", `${path} could not be read: ${String(cause)}`, { cause });
  }
}

/** One line of a JSONL file and where it stands, for messages. */
export interface Line {
  where: string; // "in.jsonl, line 3"
  fields: Record<string, unknown>;
}

/** A JSONL file's objects, blank lines left out. @throws LabError bad-data naming file and line */
export function parseLines(text: string, fileName: string): Line[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === "") return [];
    const where = `${fileName}, line ${i + 1}`;
    const value = parseJson(line, where);
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new LabError("bad-data", `${where}: must be an object`);
    }
    return [{ where, fields: { ...value } }];
  });
}

/** Values as JSONL. */
export const toLines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

/** Writes a file, at once or as its pieces come, so that a crash leaves the old one or the new one, never half of it. Makes the folder. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = join(dirname(path), `.${basename(path)}.part`);
  const file = await open(part, "w");
  try {
    await writeFile(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}

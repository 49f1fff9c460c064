/** Files of the headless runner: folders, JSONL in and out, and writing that is whole or not at all. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LabError } from "../core/errors.ts";
import { type FileSource, parseJson } from "../core/files.ts";

/** The files of a folder on disk. */
export const fromFolder =
  (folder: string): FileSource =>
  (name) =>
    readBytes(join(folder, name));

/** @throws LabError not-found naming the path */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path)); // a copy of its own: Node's small buffers share one
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

/** Writes a file so that a crash leaves the old one or the new one, never half of it. Makes the folder. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = join(dirname(path), `.${basename(path)}.part`);
  const file = await open(part, "w");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}

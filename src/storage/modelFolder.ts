/** A place for one model's files: the browser's own file system (opfs.ts), a folder on disk for the runner. */
import { LabError } from "../core/errors.ts";
import { decodeText, parseJson } from "../core/files.ts";
import type { ModelManifest, StoredModel } from "../core/models.ts";

/** An open file; positions and sizes in bytes. */
export interface WritableFile {
  size(): Promise<number>;
  read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  write(bytes: Uint8Array, at: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Puts what was written where a crash does not reach it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface ModelFolder {
  /** Null where there is no such file. */
  sizeOf(name: string): Promise<number | null>;
  /** All of a small file; null where there is no such file. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** For writing; made where it is not there. @throws LabError busy while somebody else has it open */
  open(name: string): Promise<WritableFile>;
  /** Takes the place of a file of that name. */
  rename(from: string, to: string): Promise<void>;
  /** No error where it is not there. */
  remove(name: string): Promise<void>;
}

export const PART = ".part"; // what the name of an unfinished file ends with
export const MANIFEST = "manifest.json";

/** Writes a small file so that a crash leaves the old one or the new one. */
async function writeWhole(folder: ModelFolder, name: string, bytes: Uint8Array): Promise<void> {
  const file = await folder.open(name + PART);
  try {
    await file.truncate(0);
    await file.write(bytes, 0);
    await file.flush();
  } finally {
    await file.close();
  }
  await folder.rename(name + PART, name);
}

export const writeManifest = (folder: ModelFolder, manifest: ModelManifest): Promise<void> =>
  writeWhole(folder, MANIFEST, new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`));

/** Null where the folder has none, or one that is not ours. */
export async function readManifest(folder: ModelFolder): Promise<ModelManifest | null> {
  const bytes = await folder.read(MANIFEST);
  if (bytes === null) return null;
  try {
    const manifest = parseJson(decodeText(bytes, MANIFEST), MANIFEST) as Partial<ModelManifest> | null;
    const good = typeof manifest?.id === "string" && Array.isArray(manifest.files);
    return good ? (manifest as ModelManifest) : null;
  } catch (error) {
    if (error instanceof LabError && error.code === "bad-data") return null; // as if it were not there: it is fetched anew
    throw error;
  }
}

/** What the folder really holds of what its manifest says. */
export async function describe(folder: ModelFolder, manifest: ModelManifest): Promise<StoredModel> {
  const sizes = await Promise.all(
    manifest.files.map(async ({ name, date }) => {
      const whole = date === null ? null : await folder.sizeOf(name);
      return { whole: whole !== null, bytes: whole ?? (await folder.sizeOf(name + PART)) ?? 0 };
    }),
  );
  return {
    ...manifest,
    whole: sizes.length > 0 && sizes.every(({ whole }) => whole),
    bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

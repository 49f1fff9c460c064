/**
 * Model folders in the browser's own file system (OPFS). Reading works everywhere; writing takes a dedicated worker, where
 * files open for writing at any place (createSyncAccessHandle).
 */
import { LabError } from "../core/errors.ts";
import type { ModelFolder, WritableFile } from "./modelFolder.ts";

/** What TypeScript's library for pages leaves out: it is there in workers only. */
interface SyncAccessHandle {
  read(buffer: Uint8Array, options: { at: number }): number;
  write(buffer: Uint8Array, options: { at: number }): number;
  getSize(): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
interface FileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
  /** In every browser that has WebGPU, and in no standard yet: https://github.com/whatwg/fs/pull/10 */
  move(name: string): Promise<void>;
}

/** The folder of all models. @throws LabError storage-failed where the browser has none, as in private windows */
export async function openRoot(): Promise<FileSystemDirectoryHandle> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle("models", { create: true });
  } catch (cause) {
    throw new LabError(
      "storage-failed",
      "this browser gives the page no file system of its own: a private window, or an address without https",
      { cause },
    );
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof DOMException && (error.name === "NotFoundError" || error.name === "TypeMismatchError");

/** Null where it is not there. */
export async function orNull<T>(what: Promise<T>): Promise<T | null> {
  try {
    return await what;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** What a file of a model is called here: one in a folder of the model's ("1_Pooling/config.json") lies beside the others. */
export const fileName = (name: string): string => encodeURIComponent(name);

export function openOpfsFolder(directory: FileSystemDirectoryHandle): ModelFolder {
  const find = async (name: string): Promise<File | null> => {
    const handle = await orNull(directory.getFileHandle(fileName(name)));
    return handle && (await handle.getFile());
  };
  return {
    sizeOf: async (name) => (await find(name))?.size ?? null,
    async read(name) {
      try {
        const file = await find(name);
        return file && new Uint8Array(await file.arrayBuffer());
      } catch {
        const file = await find(name); // it was replaced between the two: the new one will do
        return file && new Uint8Array(await file.arrayBuffer());
      }
    },
    async open(name) {
      const handle = (await directory.getFileHandle(fileName(name), { create: true })) as FileHandle;
      try {
        return writable(await handle.createSyncAccessHandle());
      } catch (cause) {
        if ((cause as DOMException).name !== "NoModificationAllowedError") throw cause;
        throw new LabError("busy", `${name} is being written in another tab: let it end there`, { cause });
      }
    },
    async rename(from, to) {
      const handle = (await directory.getFileHandle(fileName(from))) as FileHandle;
      await handle.move(fileName(to));
    },
    async remove(name) {
      await orNull(directory.removeEntry(fileName(name)));
    },
  };
}

const writable = (handle: SyncAccessHandle): WritableFile => ({
  size: async () => handle.getSize(),
  async read(at, length) {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, handle.read(bytes, { at }));
  },
  async write(bytes, at) {
    const written = handle.write(bytes, { at });
    if (written !== bytes.length) throw new DOMException("the disk is full", "QuotaExceededError");
  },
  truncate: async (size) => handle.truncate(size),
  flush: async () => handle.flush(),
  close: async () => handle.close(),
});

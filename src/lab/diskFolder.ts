/** A model's folder on disk. */
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ModelFolder } from "../storage/modelFolder.ts";

/** Makes the folder where it is not there. */
export async function openDiskFolder(path: string): Promise<ModelFolder> {
  await mkdir(path, { recursive: true });
  return {
    sizeOf: (name) =>
      stat(join(path, name)).then(
        ({ size }) => size,
        () => null,
      ),
    read: (name) =>
      readFile(join(path, name)).then(
        (bytes) => new Uint8Array(bytes),
        () => null,
      ),
    async open(name) {
      await mkdir(dirname(join(path, name)), { recursive: true }); // a name may have a folder in it
      const file = await open(join(path, name), "a").then(async (made) => {
        await made.close(); // "a" makes it, but would write at the end whatever the position
        return open(join(path, name), "r+");
      });
      return {
        size: async () => (await file.stat()).size,
        async read(at, length) {
          const bytes = new Uint8Array(length);
          const { bytesRead } = await file.read(bytes, 0, length, at);
          return bytes.subarray(0, bytesRead);
        },
        async write(bytes, at) {
          for (let done = 0; done < bytes.length; )
            done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
        },
        truncate: (size) => file.truncate(size),
        flush: () => file.datasync(),
        close: () => file.close(),
      };
    },
    rename: (from, to) => rename(join(path, from), join(path, to)),
    remove: (name) => rm(join(path, name), { force: true }),
  };
}

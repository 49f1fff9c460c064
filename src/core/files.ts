/** Files by name, wherever they lie: the page fetches them from a folder URL, the runner reads them from disk. */
import { LabError, type LabErrorCode } from "./errors.ts";

/** A file of which parts are read, so that a gigabyte need never be in memory at once. */
export interface RandomAccess {
  readonly size: number; // bytes
  /** `length` bytes from `offset`; maybe a view, so not to be written to. @throws LabError bad-shape outside the file */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** The files of one folder. */
export interface FileSource {
  /** The bytes of a file. @throws LabError not-found when it is not there */
  (name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The file for reading parts of it, where the source can; `openFile` does it for every source. */
  open?(name: string): Promise<RandomAccess>;
  /** The names of the files, where the source knows them. */
  list?(): Promise<string[]>;
}

/** A file for reading parts of it; read whole first where the source knows no other way. @throws LabError not-found */
export async function openFile(files: FileSource, name: string): Promise<RandomAccess> {
  return files.open ? files.open(name) : ofBytes(await files(name));
}

/** Bytes in memory as a file; what is read are views of them. */
export const ofBytes = (bytes: Uint8Array<ArrayBuffer>): RandomAccess =>
  randomAccess("the file", bytes.length, async (offset, length) => bytes.subarray(offset, offset + length));

/** A file of `size` bytes that `read` reads; it is asked for what lies inside only, and must give all of it. */
export const randomAccess = (name: string, size: number, read: RandomAccess["read"]): RandomAccess => ({
  size,
  async read(offset, length) {
    if (!(offset >= 0 && length >= 0 && offset + length <= size))
      throw new LabError(
        "bad-shape",
        `bytes ${offset} … ${offset + length} of ${name} were asked for, it has ${size}`,
      );
    const bytes = length === 0 ? new Uint8Array() : await read(offset, length);
    if (bytes.length !== length)
      throw new LabError(
        "not-found",
        `${name}: ${length} bytes from ${offset} were asked for, ${bytes.length} came: try again`,
      );
    return bytes;
  },
});

/** Blobs (dropped files, files of the browser's own file system) by name. */
export function fromBlobs(blobs: ReadonlyMap<string, Blob>): FileSource {
  const find = (name: string): Blob => {
    const blob = blobs.get(name);
    if (!blob) throw new LabError("not-found", `${name} is not among the files`);
    return blob;
  };
  const bytesOf = async (blob: Blob, name: string): Promise<Uint8Array<ArrayBuffer>> => {
    try {
      return new Uint8Array(await blob.arrayBuffer());
    } catch (cause) {
      throw new LabError("not-found", `${name} can no longer be read: choose it again`, { cause });
    }
  };
  const source: FileSource = async (name) => bytesOf(find(name), name);
  source.open = async (name) => {
    const blob = find(name);
    return randomAccess(name, blob.size, (offset, length) =>
      bytesOf(blob.slice(offset, offset + length), name),
    );
  };
  source.list = async () => [...blobs.keys()];
  return source;
}

const FIRST_BYTES = 4 << 20; // asked for at once: a header, or all of a small file

/**
 * Files under an absolute folder URL; of a GGUF file's URL, that file alone. Many static hosts answer an unknown path with
 * their page: that is not-found too.
 */
export function fromUrl(base: string): FileSource {
  const [, above, gguf] = /^(.*\/)([^/]+\.gguf)$/i.exec(base) ?? [];
  const folder = above ?? (base.endsWith("/") ? base : `${base}/`);
  const failed = (name: string) => (cause: unknown) => {
    throw new LabError("not-found", `${folder}${name} could not be fetched: try again`, { cause });
  };
  const get = async (name: string, range: string | null): Promise<Response> => {
    const url = new URL(name, folder);
    const response = await fetch(url, range === null ? {} : { headers: { range } }).catch(failed(name));
    const page = response.headers.get("content-type")?.startsWith("text/html") && !name.endsWith(".html");
    if ((!response.ok && !isEmpty(response)) || page)
      throw new LabError("not-found", `${folder}${name} is not there (HTTP ${response.status})`);
    return response;
  };
  const bytesOf = async (name: string, response: Response): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await response.arrayBuffer().catch(failed(name))); // the connection may break off on the way

  const source: FileSource = async (name) => bytesOf(name, await get(name, null));
  source.open = async (name) => {
    const first = await get(name, `bytes=0-${FIRST_BYTES - 1}`);
    if (isEmpty(first)) return ofBytes(new Uint8Array());
    if (first.status !== 206) return ofBytes(await bytesOf(name, first));
    const size = sizeOf(first);
    if (size === null) {
      await first.body?.cancel();
      return ofBytes(await source(name));
    }
    const head = await bytesOf(name, first);
    if (head.length !== Math.min(size, FIRST_BYTES))
      throw new LabError(
        "not-found",
        `${folder}${name}: a part of ${head.length} bytes came that nobody asked for`,
      );
    return randomAccess(`${folder}${name}`, size, async (offset, length) => {
      if (offset + length <= head.length) return head.subarray(offset, offset + length);
      const part = await get(name, `bytes=${offset}-${offset + length - 1}`);
      if (part.status === 206 && sizeOf(part) === size && versionOf(part) === versionOf(first))
        return bytesOf(name, part);
      await part.body?.cancel();
      throw new LabError("not-found", `${folder}${name} changed while it was read: try again`);
    });
  };
  if (gguf !== undefined) source.list = async () => [gguf];
  return source;
}

/** A range of a file without bytes cannot be had. */
const isEmpty = (response: Response): boolean =>
  response.status === 416 && response.headers.get("content-range") === "bytes */0";

/** The whole file's size as a part's answer gives it; null where it does not, or its bytes are not the file's own. */
function sizeOf({ headers }: Response): number | null {
  const size = /^bytes \d+-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  return size === undefined || headers.has("content-encoding") ? null : Number(size);
}

const versionOf = ({ headers }: Response): string | null =>
  headers.get("etag") ?? headers.get("last-modified");

/** The file, or null where it is not there; any other failure is thrown. */
export async function readOptional(files: FileSource, name: string): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await files(name);
  } catch (error) {
    if (error instanceof LabError && error.code === "not-found") return null;
    throw error;
  }
}

/** A JSON file's value. @throws LabError `code` naming the file when it is not JSON in UTF-8 */
export async function readJson(
  files: FileSource,
  name: string,
  code: LabErrorCode = "bad-data",
): Promise<unknown> {
  return parseJson(decodeText(await files(name), name, code), name, code);
}

/** Bytes as UTF-8 text, a byte order mark left out. @throws LabError `code` naming the file when they are not */
export function decodeText(bytes: Uint8Array, name: string, code: LabErrorCode = "bad-data"): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LabError(code, `${name} is not text in UTF-8`, { cause });
  }
}

/** `JSON.parse` that names the place. @throws LabError `code` with `where` and what the parser said */
export function parseJson(text: string, where: string, code: LabErrorCode = "bad-data"): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LabError(code, `${where} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}

/** The files of a .zip, stored or deflated (APPNOTE.TXT 6.3.10, §4.3); no ZIP64. */
import { LabError } from "./errors.ts";

export interface ZippedFile {
  path: string; // with folders, slashes between them
  size: number; // bytes, unpacked, as the directory has it
  /** @throws LabError bad-data where it is damaged, protected or larger than the directory says */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

const END_BYTES = 22;
const MAX_COMMENT = 65_535;
const [STORED, DEFLATED] = [0, 8];
const ENCRYPTED = 1;
const MOST_DEFLATED = 1032; // times its packed size: no deflate stream holds more

/** The directory of an archive; a file is unpacked when it is read. @throws LabError bad-data naming the archive */
export async function openZip(archive: Blob, name: string): Promise<ZippedFile[]> {
  const bad = (what: string) => new LabError("bad-data", `${name}: ${what}`);
  const view = async (from: number, to: number) => new DataView(await archive.slice(from, to).arrayBuffer());
  const tail = Math.max(0, archive.size - END_BYTES - MAX_COMMENT);
  const last = await view(tail, archive.size);
  let end = last.byteLength - END_BYTES;
  while (end >= 0 && last.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw bad("it is no .zip, or its end is missing");
  const [size, start] = [last.getUint32(end + 12, true), last.getUint32(end + 16, true)];
  if (start + size > tail + end) throw bad("its directory lies outside of it");
  const directory = await view(start, start + size);

  const files: ZippedFile[] = [];
  for (let at = 0; at + 46 <= size; ) {
    if (directory.getUint32(at, true) !== 0x02014b50) throw bad("its directory is damaged");
    const flags = directory.getUint16(at + 8, true);
    const method = directory.getUint16(at + 10, true);
    const [packed, unpacked] = [directory.getUint32(at + 20, true), directory.getUint32(at + 24, true)];
    const lengths = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    const local = directory.getUint32(at + 42, true);
    const path = new TextDecoder().decode(directory.buffer.slice(at + 46, at + 46 + lengths[0]!));
    at += 46 + lengths.reduce((a, b) => a + b);
    if (path.endsWith("/")) continue; // a folder
    if (local + 30 > archive.size) throw bad(`${path} lies outside of it`);
    const read = async (): Promise<Uint8Array<ArrayBuffer>> => {
      if (flags & ENCRYPTED) throw bad(`${path} is protected by a password`);
      const head = await view(local, local + 30);
      const data = local + 30 + head.getUint16(26, true) + head.getUint16(28, true);
      const content = archive.slice(data, data + packed);
      if (content.size !== packed) throw bad(`${path} is cut off`);
      if (method === STORED) return new Uint8Array(await content.arrayBuffer());
      if (unpacked > MOST_DEFLATED * (packed + 1))
        throw bad(`${path} says it has ${unpacked} bytes, ${packed} packed ones cannot hold them`);
      if (method === DEFLATED) return await inflate(content, unpacked, (what) => bad(`${path} ${what}`));
      throw bad(`${path} is packed by method ${method}; pack it again by deflate, or not at all`);
    };
    files.push({ path, size: unpacked, read });
  }
  return files;
}

/** Never more than the directory says: a few bytes can unpack to gigabytes. */
async function inflate(
  content: Blob,
  size: number,
  bad: (what: string) => LabError,
): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(size);
  let at = 0;
  try {
    const reader = content.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > size) {
        void reader.cancel();
        throw bad(`is larger than the ${size} bytes its directory says`);
      }
      out.set(part.value, at);
      at += part.value.length;
    }
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    throw Object.assign(bad("is damaged"), { cause });
  }
  if (at < size) throw bad(`has ${at} bytes, its directory says ${size}`);
  return out;
}

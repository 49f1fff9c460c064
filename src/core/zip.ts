/** A .zip that every system opens (APPNOTE.TXT 6.3.10, §4.3). Text may be deflated; adapter files hardly compress. */
import { LabError } from "./errors.ts";

export interface ZipEntry {
  name: string;
  content: Blob;
  deflate?: boolean; // absent: stored as it is
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

const PIECE_BYTES = 16 << 20; // in memory at once

/** CRC-32 as in IEEE 802.3. */
export async function crc32(content: Blob): Promise<number> {
  let crc = 0xffffffff;
  for (let at = 0; at < content.size; at += PIECE_BYTES) {
    const bytes = new Uint8Array(await content.slice(at, at + PIECE_BYTES).arrayBuffer());
    for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const UTF8 = 0x0800;
const DOS_DATE = 0x0021; // 1 January 1980: the same files make the same archive

/** Little-endian record of [value, bytes] fields. */
function record(fields: readonly [value: number, size: 2 | 4][]): Uint8Array<ArrayBuffer> {
  const out = new DataView(new ArrayBuffer(fields.reduce((n, [, size]) => n + size, 0)));
  let at = 0;
  for (const [value, size] of fields) {
    if (size === 2) out.setUint16(at, value, true);
    else out.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(out.buffer);
}

const MAX_BYTES = 2 ** 32 - 1; // of sizes and offsets, without ZIP64

/** The archive, made of the contents themselves. @throws LabError bad-shape for 4 GiB and more */
export async function zip(entries: readonly ZipEntry[]): Promise<Blob> {
  const body: BlobPart[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  const bytes = entries.reduce((sum, { content }) => sum + content.size, 0);
  if (bytes > MAX_BYTES - (1 << 20))
    throw new LabError("bad-shape", `${bytes} bytes are too many for a .zip; use the runner's export`);
  for (const { name, content, deflate = false } of entries) {
    const path = new TextEncoder().encode(name);
    const packed = deflate ? await deflated(content) : content;
    const common: [number, 2 | 4][] = [
      [20, 2], // version needed
      [UTF8, 2],
      [deflate ? 8 : 0, 2], // method: deflated, stored
      [0, 2], // time
      [DOS_DATE, 2],
      [await crc32(content), 4],
      [packed.size, 4],
      [content.size, 4],
      [path.length, 2],
      [0, 2], // extra field
    ];
    const local = record([[0x04034b50, 4], ...common]);
    const central = record([
      [0x02014b50, 4],
      [20, 2],
      ...common,
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
      [offset, 4],
    ]);
    body.push(local, path, packed);
    directory.push(central, path);
    offset += local.length + path.length + packed.size;
  }
  const directorySize = directory.reduce((n, part) => n + part.length, 0);
  const end = record([
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [entries.length, 2],
    [entries.length, 2],
    [directorySize, 4],
    [offset, 4],
    [0, 2],
  ]);
  return new Blob([...body, ...directory, end], { type: "application/zip" });
}

const deflated = (content: Blob): Promise<Blob> =>
  new Response(content.stream().pipeThrough(new CompressionStream("deflate-raw"))).blob();

/** A .zip without compression: adapter files hardly compress, and every system opens it (APPNOTE.TXT 6.3.10, §4.3). */
export interface ZipEntry {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 as in IEEE 802.3. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
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

/** The archive's bytes. Sizes and offsets are 32-bit: for files of less than 4 GiB in all. */
export function zip(entries: readonly ZipEntry[]): Uint8Array<ArrayBuffer> {
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const path = new TextEncoder().encode(name);
    const common: [number, 2 | 4][] = [
      [20, 2], // version needed
      [UTF8, 2],
      [0, 2], // stored
      [0, 2], // time
      [DOS_DATE, 2],
      [crc32(bytes), 4],
      [bytes.length, 4],
      [bytes.length, 4],
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
    body.push(local, path, bytes);
    directory.push(central, path);
    offset += local.length + path.length + bytes.length;
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
  const out = new Uint8Array(offset + directorySize + end.length);
  let at = 0;
  for (const part of [...body, ...directory, end]) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The files of a .zip whose entries are stored uncompressed (APPNOTE.TXT 6.3.10, §4.3), found by its central directory. */
export function unzipStored(bytes: Uint8Array<ArrayBuffer>): Map<string, Uint8Array<ArrayBuffer>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22; // without a comment
  if (view.getUint32(end, true) !== 0x06054b50) throw new Error("no end of central directory");
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const size = view.getUint32(at + 24, true);
    const local = view.getUint32(at + 42, true);
    if (view.getUint16(at + 10, true) !== 0) throw new Error("an entry is compressed");
    const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const title = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name!));
    files.set(title, bytes.slice(data, data + size));
    at += 46 + name! + extra! + comment!;
  }
  return files;
}

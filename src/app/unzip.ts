/** The files of a .zip, stored or deflated (APPNOTE.TXT 6.3.10, §4.3); no ZIP64, no encryption. */
import { LabError } from "../core/errors.ts";

const END_BYTES = 22;
const MAX_COMMENT = 65_535;
const [STORED, DEFLATED] = [0, 8];

/** Files by their names without folders. @throws LabError bad-data naming the archive */
export async function unzip(archive: File): Promise<File[]> {
  const bad = (what: string) => new LabError("bad-data", `${archive.name}: ${what}`);
  const view = async (from: number, to: number) => new DataView(await archive.slice(from, to).arrayBuffer());
  const tail = Math.max(0, archive.size - END_BYTES - MAX_COMMENT);
  const last = await view(tail, archive.size);
  let end = last.byteLength - END_BYTES;
  while (end >= 0 && last.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw bad("it is no .zip");
  const [size, start] = [last.getUint32(end + 12, true), last.getUint32(end + 16, true)];
  if (start + size > tail + end) throw bad("its directory lies outside of it");
  const directory = await view(start, start + size);

  const files: File[] = [];
  for (let at = 0; at + 46 <= size; ) {
    if (directory.getUint32(at, true) !== 0x02014b50) throw bad("its directory is damaged");
    const [method, packed] = [directory.getUint16(at + 10, true), directory.getUint32(at + 20, true)];
    const lengths = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    const local = directory.getUint32(at + 42, true);
    const path = new TextDecoder().decode(directory.buffer.slice(at + 46, at + 46 + lengths[0]!));
    at += 46 + lengths.reduce((a, b) => a + b);
    const name = path.split("/").at(-1)!;
    if (name === "") continue; // a folder
    if (local + 30 > archive.size) throw bad(`${path} lies outside of it`);
    const head = await view(local, local + 30);
    const data = local + 30 + head.getUint16(26, true) + head.getUint16(28, true);
    const content = archive.slice(data, data + packed);
    if (content.size !== packed) throw bad(`${path} is cut off`);
    if (method === STORED) files.push(new File([content], name));
    else if (method === DEFLATED)
      files.push(new File([await inflate(content, () => bad(`${path} is damaged`))], name));
    else throw bad(`${path} is packed by method ${method}; pack it again by deflate, or not at all`);
  }
  return files;
}

async function inflate(content: Blob, bad: () => LabError): Promise<Blob> {
  try {
    return await new Response(content.stream().pipeThrough(new DecompressionStream("deflate-raw"))).blob();
  } catch (cause) {
    throw Object.assign(bad(), { cause });
  }
}

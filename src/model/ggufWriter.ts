/** The GGUF container, version 3 (ggml-org/ggml docs/gguf.md), as far as an adapter needs it: text and numbers, float32 tensors. */

export interface GgufTensor {
  name: string;
  shape: readonly number[]; // outermost first, as everywhere here; the file has it the other way round
  data: Float32Array<ArrayBuffer>;
}

const ALIGNMENT = 32; // of tensors, the format's default
const TYPE = { uint32: 4, float32: 6, string: 8 }; // of metadata values
const F32 = 0; // of tensors

/** The file's bytes: metadata in its order, numbers as FLOAT32, bigints as UINT32; tensors in theirs. */
export function writeGguf(
  metadata: ReadonlyMap<string, string | number | bigint>,
  tensors: readonly GgufTensor[],
): Uint8Array<ArrayBuffer> {
  const head: Uint8Array[] = [text("GGUF"), u32(3), u64(tensors.length), u64(metadata.size)];
  for (const [key, value] of metadata) {
    head.push(string(key));
    if (typeof value === "bigint") head.push(u32(TYPE.uint32), u32(Number(value)));
    else if (typeof value === "string") head.push(u32(TYPE.string), string(value));
    else head.push(u32(TYPE.float32), new Uint8Array(Float32Array.of(value).buffer));
  }
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    head.push(string(name), u32(shape.length), ...shape.toReversed().map(u64), u32(F32), u64(offset));
    offset += padded(data.byteLength);
  }
  const start = padded(head.reduce((bytes, part) => bytes + part.length, 0));
  const out = new Uint8Array(start + offset);
  let at = 0;
  for (const part of head) {
    out.set(part, at);
    at += part.length;
  }
  at = start;
  for (const { data } of tensors) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += padded(data.byteLength);
  }
  return out;
}

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const u64 = (value: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);

/** A string is its length in bytes, then UTF-8. */
function string(value: string): Uint8Array {
  const bytes = text(value);
  const out = new Uint8Array(8 + bytes.length);
  out.set(u64(bytes.length));
  out.set(bytes, 8);
  return out;
}

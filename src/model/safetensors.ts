/** The safetensors format (huggingface/safetensors): 8 bytes of header length, a JSON header, then the data. */
import { LabError } from "../core/errors.ts";

export type Dtype = "F32" | "F16" | "BF16";
const BYTES: Record<Dtype, number> = { F32: 4, F16: 2, BF16: 2 };
const MAX_HEADER_BYTES = 100_000_000; // the format's own bound

export interface Tensor {
  dtype: Dtype;
  shape: number[];
  bytes: Uint8Array<ArrayBuffer>; // the file's bytes, not copied
}

/**
 * Reads every tensor of one file.
 * @throws LabError bad-model naming the file, the tensor and both numbers
 */
export function readSafetensors(bytes: Uint8Array<ArrayBuffer>, file: string): Map<string, Tensor> {
  const bad = (what: string, cause?: unknown) =>
    new LabError("bad-model", `${file}: ${what}; fetch the file again`, { cause });
  if (bytes.byteLength < 8) throw bad(`${bytes.byteLength} bytes are too few for a safetensors file`);
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > bytes.byteLength) {
    throw bad(`the header says ${headerBytes} bytes, the file has ${bytes.byteLength - 8} after it begins`);
  }
  let header: Record<string, { dtype?: unknown; shape?: unknown; data_offsets?: unknown }>;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + headerBytes)));
  } catch (cause) {
    throw bad("the header is not JSON", cause);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw bad("the header is not an object");
  const data = bytes.subarray(8 + headerBytes);
  const out = new Map<string, Tensor>();
  const taken: [number, number, string][] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets } = entry ?? {};
    if (!(typeof dtype === "string" && dtype in BYTES))
      throw bad(`${name} has dtype ${JSON.stringify(dtype)} (known: F32, F16, BF16)`);
    if (!isCounts(shape) || !isCounts(data_offsets) || data_offsets.length !== 2)
      throw bad(`${name} has a malformed shape or offsets`);
    const [from, to] = data_offsets as [number, number];
    const need = shape.reduce((n, d) => n * d, 1) * BYTES[dtype as Dtype];
    if (to - from !== need)
      throw bad(`${name} of shape [${shape}] needs ${need} bytes, its offsets hold ${to - from}`);
    if (to > data.byteLength)
      throw bad(`${name} ends at byte ${to}, the file has ${data.byteLength}: it is truncated`);
    taken.push([from, to, name]);
    out.set(name, { dtype: dtype as Dtype, shape, bytes: data.subarray(from, to) });
  }
  taken.sort((a, b) => a[0] - b[0]);
  for (let i = 1; i < taken.length; i++) {
    if (taken[i]![0] < taken[i - 1]![1]) throw bad(`${taken[i]![2]} and ${taken[i - 1]![2]} overlap`);
  }
  return out;
}

const isCounts = (v: unknown): v is number[] =>
  Array.isArray(v) && v.every((n) => Number.isSafeInteger(n) && n >= 0);

/** A tensor's values as float32, whatever it is stored in. */
export function toFloat32({ dtype, bytes }: Tensor): Float32Array<ArrayBuffer> {
  const aligned = bytes.slice(); // a view of a file may start at any byte
  if (dtype === "F32") return new Float32Array(aligned.buffer);
  const halves = new Uint16Array(aligned.buffer);
  const out = new Float32Array(halves.length);
  if (dtype === "BF16") {
    const words = new Uint32Array(out.buffer);
    for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
    return out;
  }
  for (let i = 0; i < halves.length; i++) out[i] = halfToNumber(halves[i]!);
  return out;
}

/** IEEE 754 binary16. */
function halfToNumber(h: number): number {
  const sign = h & 0x8000 ? -1 : 1;
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Writes float32 tensors in name order with PyTorch's metadata, byte for byte as `safetensors.torch.save_file` does. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { shape: number[]; data: Float32Array }>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const names = [...tensors.keys()].sort();
  let at = 0;
  for (const name of names) {
    const { shape, data } = tensors.get(name)!;
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  let json = JSON.stringify(header);
  json += " ".repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8);
  const head = new TextEncoder().encode(json);
  const out = new Uint8Array(8 + head.length + at);
  new DataView(out.buffer).setBigUint64(0, BigInt(head.length), true);
  out.set(head, 8);
  at = 8 + head.length;
  for (const name of names) {
    const { data } = tensors.get(name)!;
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

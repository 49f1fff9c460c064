/** The safetensors format (huggingface/safetensors): 8 bytes of header length, a JSON header, then the data. */
import { LabError, show } from "../core/errors.ts";
import { decodeText, parseJson, type RandomAccess } from "../core/files.ts";
import { roundUp } from "../core/shape.ts";
import { type WeightType, weightBytes } from "../gpu/kernels/weightTypes.ts";
import { countOf, type OtherTensor, type Tensor, tensorAt } from "./tensor.ts";

const DTYPES = ["F32", "F16", "BF16"] as const satisfies WeightType[];
const MAX_DIMENSIONS = 8;
const MAX_HEADER_BYTES = 100_000_000; // the format's own bound

type Header = Record<string, { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null>;

/**
 * The tensors of one file, which stay in it until they are read. Those of types that no weight has (buffers, masks) go to
 * `others`.
 * @throws LabError bad-model naming the file, the tensor and both numbers
 */
export async function readSafetensors(
  file: RandomAccess,
  name: string,
  others = new Map<string, OtherTensor>(),
): Promise<Map<string, Tensor>> {
  const bad = (what: string) => new LabError("bad-model", `${name}: ${what}; fetch the file again`);
  if (file.size < 8) throw bad(`${file.size} bytes are too few for a safetensors file`);
  const lead = await file.read(0, 8);
  const headerBytes = Number(new DataView(lead.buffer, lead.byteOffset).getBigUint64(0, true));
  const data = 8 + headerBytes;
  if (headerBytes > MAX_HEADER_BYTES || data > file.size)
    throw bad(`the header says ${headerBytes} bytes, the file has ${file.size - 8} after it begins`);
  const text = decodeText(await file.read(8, headerBytes), `the header of ${name}`, "bad-model");
  const header = parseJson(text, `the header of ${name}`, "bad-model") as Header | null;
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw bad("the header is not an object");

  const out = new Map<string, Tensor>();
  const places: { from: number; to: number; tensor: string }[] = [];
  for (const [tensor, entry] of Object.entries(header)) {
    if (tensor === "__metadata__") continue;
    const { shape, data_offsets } = entry ?? {};
    const dtype = DTYPES.find((known) => known === entry?.dtype);
    if (typeof entry?.dtype !== "string") throw bad(`${tensor} has dtype ${show(entry?.dtype)}`);
    if (!isCounts(shape) || !isCounts(data_offsets) || data_offsets.length !== 2)
      throw bad(`${tensor} has a malformed shape or offsets`);
    const [from, to] = data_offsets as [number, number];
    const need = dtype ? weightBytes(dtype, countOf(shape)) : Math.max(0, to - from);
    if (to - from !== need)
      throw bad(`${tensor} of shape [${shape}] needs ${need} bytes, its offsets hold ${to - from}`);
    if (data + to > file.size)
      throw bad(`${tensor} ends at byte ${to}, the file has ${file.size - data}: it is truncated`);
    places.push({ from, to, tensor });
    if (dtype) out.set(tensor, tensorAt(file, data + from, dtype, shape));
    else
      others.set(tensor, {
        dtype: entry.dtype,
        shape,
        bytes: need,
        read: (at, bytes) => file.read(data + from + at, bytes),
      });
  }
  places.sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const [i, { from, to, tensor }] of places.entries()) {
    if (from < end) throw bad(`${tensor} and ${places[i - 1]!.tensor} overlap`); // end is 0 before the first
    if (from > end) throw bad(`bytes ${end} … ${from} before ${tensor} belong to no tensor`);
    end = to;
  }
  if (data + end !== file.size) throw bad(`${file.size - data - end} bytes at its end belong to no tensor`);
  return out;
}

const isCounts = (v: unknown): v is number[] =>
  Array.isArray(v) && v.length <= MAX_DIMENSIONS && v.every((n) => Number.isSafeInteger(n) && n >= 0);

/** What a header says of a tensor; `bytes` is its length in the file. */
export interface TensorEntry {
  dtype: string;
  shape: readonly number[];
  bytes: number;
}

/** How a file of these tensors begins, as `safetensors.torch.save_file` writes it; their data follow in the map's order. */
export function safetensorsHeader(tensors: ReadonlyMap<string, TensorEntry>): Uint8Array<ArrayBuffer> {
  let at = 0;
  const entries = Array.from(tensors, ([name, { dtype, shape, bytes }]) => {
    const data_offsets = [at, at + bytes];
    at += bytes;
    return [name, { dtype, shape, data_offsets }] as const;
  });
  const header = Object.fromEntries<unknown>([["__metadata__", { format: "pt" }], ...entries]);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const out = new Uint8Array(8 + roundUp(json.length, 8)).fill(32); // padded with spaces
  new DataView(out.buffer).setBigUint64(0, BigInt(out.length - 8), true);
  out.set(json, 8);
  return out;
}

/** Writes float32 tensors in name order with PyTorch's metadata, byte for byte as `safetensors.torch.save_file` does. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { shape: number[]; data: Float32Array }>,
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = sorted.map(
    ([name, { shape, data }]) => [name, { dtype: "F32", shape, bytes: data.byteLength } as const] as const,
  );
  const header = safetensorsHeader(new Map(entries));
  const out = new Uint8Array(header.length + entries.reduce((sum, [, { bytes }]) => sum + bytes, 0));
  out.set(header);
  let at = header.length;
  for (const [, { data }] of sorted) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

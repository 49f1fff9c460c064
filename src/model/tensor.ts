/** A tensor of a model file, still in its file. */
import type { RandomAccess } from "../core/files.ts";
import { WEIGHT_BYTES, type WeightType } from "../gpu/kernels/weightTypes.ts";

export interface Tensor {
  dtype: WeightType;
  shape: number[]; // outermost first, as PyTorch has it; rows of the last length lie together
  /**
   * The file's bytes of `count` rows from `first`, all of them unless told; maybe a view of the file, so not to be
   * written to. Not kept: who asks twice reads twice.
   */
  read(first?: number, count?: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A tensor whose rows lie one behind another from `offset` of a file that is known to hold them all. */
export function tensorAt(file: RandomAccess, offset: number, dtype: WeightType, shape: number[]): Tensor {
  const rowBytes = (shape.at(-1) ?? 1) * WEIGHT_BYTES[dtype];
  const rows = shape.slice(0, -1).reduce((n, d) => n * d, 1);
  return {
    dtype,
    shape,
    read: (first = 0, count = rows - first) => file.read(offset + first * rowBytes, count * rowBytes),
  };
}

/** How many values a tensor of this shape has. */
export const countOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** A tensor's values as float32, whatever it is stored in. */
export async function toFloat32(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
  const { dtype } = tensor;
  const aligned = (await tensor.read()).slice(); // a view of a file may start at any byte
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

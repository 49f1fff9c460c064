/** A tensor of a model file, still in its file. */
import type { RandomAccess } from "../core/files.ts";
import { dequantise } from "../gpu/dequantise.ts";
import { type WeightType, weightBytes } from "../gpu/kernels/weightTypes.ts";

export interface Tensor {
  dtype: WeightType;
  shape: number[]; // outermost first, as PyTorch has it; rows of the last length lie together
  /**
   * The file's bytes of `count` rows from `first`, all of them unless told; maybe a view of the file, so not to be
   * written to. Not kept: who asks twice reads twice.
   */
  read(first?: number, count?: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A tensor of a type that no weight has (integers, float64): nothing is computed with it, its bytes are passed on. */
export interface OtherTensor {
  dtype: string;
  shape: number[];
  bytes: number;
  read(from: number, bytes: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** A tensor whose rows lie one behind another from `offset` of a file that is known to hold them all. */
export function tensorAt(file: RandomAccess, offset: number, dtype: WeightType, shape: number[]): Tensor {
  const rowBytes = weightBytes(dtype, shape.at(-1) ?? 1);
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
export const toFloat32 = async (tensor: Tensor): Promise<Float32Array<ArrayBuffer>> =>
  dequantise(tensor.dtype, await tensor.read());

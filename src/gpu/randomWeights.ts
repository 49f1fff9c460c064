/** Random weights of any type: for the start-up self-test, the autotuner's stopwatch, benches and tests. */
import { uniformAt } from "../core/rng.ts";
import { dequantise } from "./dequantise.ts";
import { packWeights, WEIGHT_BLOCKS, type WeightType, weightBytes } from "./kernels/weightTypes.ts";

export interface RandomWeights {
  bytes: Uint8Array<ArrayBuffer>; // as a file has them
  words: Uint32Array<ArrayBuffer>; // as the GPU reads them
  values: Float32Array<ArrayBuffer>; // what they mean, exactly
}

/** The f16 of a type's block: where in it, and the power of two that brings the values to about ±1. */
const SCALES: Readonly<Partial<Record<WeightType, readonly (readonly [at: number, leading: number])[]>>> = {
  F16: [[0, 2 ** -1]],
  Q8_0: [[0, 2 ** -8]],
  Q4_0: [[0, 2 ** -4]],
  Q4_1: [
    [0, 2 ** -4],
    [2, -(2 ** -1)],
  ],
  Q5_0: [[0, 2 ** -5]],
  Q5_1: [
    [0, 2 ** -5],
    [2, -(2 ** -1)],
  ],
  Q4_K: [
    [0, 2 ** -10],
    [2, 2 ** -7],
  ],
  Q5_K: [
    [0, 2 ** -11],
    [2, 2 ** -7],
  ],
  Q6_K: [[208, 2 ** -13]],
};

/** `count` weights, whole blocks: random bits with scales that keep them near ±1, the same for the same seed. */
export function randomWeights(count: number, type: WeightType, seed: number): RandomWeights {
  const bytes = new Uint8Array(weightBytes(type, count));
  const view = new DataView(bytes.buffer);
  const unit = (at: number) => uniformAt(seed, "probe", at);
  if (type === "F32") for (let i = 0; i < count; i++) view.setFloat32(4 * i, 2 * unit(i) - 1, true);
  else if (type === "BF16")
    for (let i = 0; i < count; i++) {
      const sign = unit(i) < 0.5 ? 0x8000 : 0;
      view.setUint16(2 * i, sign + (126 << 7) + (Math.floor(256 * unit(i)) % 128), true);
    }
  else {
    for (let i = 0; i < bytes.length; i++) bytes[i] = 256 * unit(i);
    for (let block = 0; block < bytes.length; block += WEIGHT_BLOCKS[type].bytes)
      for (const [at, leading] of SCALES[type]!) {
        const fraction = view.getUint16(block + at, true) & 0x3ff;
        const sign = type === "F16" ? view.getUint16(block, true) & 0x8000 : leading < 0 ? 0x8000 : 0;
        view.setUint16(block + at, sign + ((15 + Math.log2(Math.abs(leading))) << 10) + fraction, true);
      }
  }
  return { bytes, words: packWeights(type, bytes), values: dequantise(type, bytes) };
}

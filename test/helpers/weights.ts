/** Weights in a file's type: random words and the numbers they stand for. */
import type { WeightType } from "../../src/gpu/kernels/weightTypes.ts";
import { random } from "./kernel.ts";

export interface TestWeights {
  words: Uint32Array<ArrayBuffer>; // as the GPU reads them
  values: Float32Array<ArrayBuffer>; // what they mean, exactly
}

/** n weights (a multiple of 4) in [−1, 1), the same for the same seed. */
export function randomWeights(n: number, type: WeightType, seed: number): TestWeights {
  const values = random(n, seed);
  if (type === "F32") return { words: new Uint32Array(values.buffer), values };
  const halves = new Uint16Array(n);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < n; i++) {
    if (type === "BF16") {
      halves[i] = bits[i]! >>> 16;
      bits[i] = bits[i]! & 0xffff0000;
    } else {
      const mantissa = Math.round(Math.abs(values[i]!) * 1023); // sign, exponent 14, 10 bits: 0.5 … 0.9995
      halves[i] = (values[i]! < 0 ? 0x8000 : 0) | (14 << 10) | mantissa;
      values[i] = Math.sign(values[i]! || 1) * 0.5 * (1 + mantissa / 1024);
    }
  }
  return { words: new Uint32Array(halves.buffer), values };
}

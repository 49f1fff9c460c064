/** The file types of weights: kernels read them as words through `region load`, swapped for a part of `shaders/parts/`. */
import loadBf16 from "../../../shaders/parts/loadBf16.wgsl?raw";
import loadF16 from "../../../shaders/parts/loadF16.wgsl?raw";
import { type Kernel, specialise } from "../kernel.ts";

export const WEIGHT_TYPES = ["F32", "F16", "BF16"] as const; // as safetensors names them
export type WeightType = (typeof WEIGHT_TYPES)[number];
export const WEIGHT_BYTES: Readonly<Record<WeightType, number>> = { F32: 4, F16: 2, BF16: 2 };

const PARTS = {
  F16: { load: { name: "loadF16", code: loadF16 } },
  BF16: { load: { name: "loadBf16", code: loadBf16 } },
};

const specialised = new Map<string, Kernel>(); // by key and type

/** The kernel for weights of this type; the same object every time. */
export function withWeights<B extends string, P extends string>(
  kernel: Kernel<B, P>,
  type: WeightType,
): Kernel<B, P> {
  if (type === "F32") return kernel;
  const key = `${kernel.key} ${type}`;
  let found = specialised.get(key);
  if (!found) {
    found = specialise(kernel, { parts: PARTS[type] }) as unknown as Kernel;
    specialised.set(key, found);
  }
  return found as unknown as Kernel<B, P>;
}

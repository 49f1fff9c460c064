/** The workgroup of row kernels fits the adapter: software runs one lane group at a time, a GPU wants 64 invocations. */
import type { Gpu } from "../device.ts";
import { type Kernel, specialise } from "../kernel.ts";

/** The constants of row and elementwise kernels on this adapter. */
export function rowConstants(gpu: Gpu): { WG: number } {
  return { WG: gpu.info.isFallbackAdapter ? gpu.info.subgroupMinSize || 8 : 64 };
}

const specialised = new Map<string, Kernel>(); // by key and workgroup size

/** A row kernel as this adapter wants it; the same object every time. */
export function withRows<B extends string, P extends string>(gpu: Gpu, kernel: Kernel<B, P>): Kernel<B, P> {
  const constants = rowConstants(gpu);
  const key = `${kernel.key} ${constants.WG}`;
  let found = specialised.get(key);
  if (!found) {
    found = specialise(kernel, { constants }) as unknown as Kernel;
    specialised.set(key, found);
  }
  return found as unknown as Kernel<B, P>;
}

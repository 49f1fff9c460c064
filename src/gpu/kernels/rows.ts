/** Row kernels as an adapter wants them: a GPU a workgroup a row, software an invocation a row and no barrier. */
import type { Gpu } from "../device.ts";
import { type Kernel, specialise } from "../kernel.ts";
import { rmsNorm } from "./rmsNorm.ts";
import { rmsNormBackward } from "./rmsNormBackward.ts";
import { rmsNormBackwardSerial } from "./rmsNormBackwardSerial.ts";
import { rmsNormSerial } from "./rmsNormSerial.ts";

/** rmsNorm for this adapter. */
export const rmsNormFor = (gpu: Gpu): typeof rmsNorm =>
  gpu.info.isFallbackAdapter ? rmsNormSerial : rmsNorm;

/** rmsNorm's gradient for this adapter. */
export const rmsNormBackwardFor = (gpu: Gpu): typeof rmsNormBackward =>
  gpu.info.isFallbackAdapter ? rmsNormBackwardSerial : rmsNormBackward;

const specialised = new Map<string, Kernel>(); // by key and workgroup size

/**
 * A kernel that reduces over a workgroup, as this adapter wants it; the same object every time. Software runs one lane group at a
 * time, so its workgroups are no larger.
 */
export function withRows<B extends string, P extends string>(gpu: Gpu, kernel: Kernel<B, P>): Kernel<B, P> {
  if (!gpu.info.isFallbackAdapter) return kernel;
  const constants = { WG: gpu.info.subgroupMinSize || 8 };
  const key = `${kernel.key} ${constants.WG}`;
  let found = specialised.get(key);
  if (!found) {
    found = specialise(kernel, { constants }) as unknown as Kernel;
    specialised.set(key, found);
  }
  return found as unknown as Kernel<B, P>;
}

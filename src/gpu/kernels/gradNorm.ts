import code from "../../../shaders/gradNorm.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

const BLOCK = 4096;

/** Words of `partials` for n gradients, and `count` of `gradNormSum`: fixed by n, not by the device. */
export const gradNormPartials = (n: number): number => ceilDiv(n, BLOCK);

export const gradNorm = defineKernel({
  name: "gradNorm",
  code,
  bindings: { grads: "read", partials: "read_write" },
  params: { n: "u32" },
  constants: { WG: 64, BLOCK },
  grid: ({ n }, constants) => linearGrid(ceilDiv(n, constants.BLOCK ?? BLOCK)),
  flops: ({ n }) => 2 * n,
  tolerance: { rtol: 1e-5, atol: 1e-30 },
});

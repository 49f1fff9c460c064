import code from "../../../shaders/gradNormSum.wgsl?raw";
import { defineKernel } from "../kernel.ts";

export const gradNormSum = defineKernel({
  name: "gradNormSum",
  code,
  bindings: { partials: "read", stats: "read_write" },
  params: { count: "u32" },
  constants: { WG: 64 },
  grid: () => [1],
  flops: ({ count }) => count,
  tolerance: { rtol: 1e-5, atol: 1e-30 },
});

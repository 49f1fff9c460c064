import code from "../../../shaders/rmsNormBackward.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";

export const rmsNormBackward = defineKernel({
  name: "rmsNormBackward",
  code,
  bindings: { x: "arena", weight: "read", rstd: "arena", dy: "arena", dx: "arena" },
  params: { T: "u32", C: "u32", mode: "u32" }, // mode 0 sets dx, 1 adds to it
  constants: { WG: 64 },
  grid: ({ T }) => linearGrid(T),
  flops: ({ T, C }) => 8 * T * C,
  tolerance: { rtol: 1e-5, atol: 1e-5 },
});

import code from "../../../shaders/rmsNorm.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";

export const rmsNorm = defineKernel({
  name: "rmsNorm",
  code,
  bindings: { x: "arena", weight: "read", y: "arena", rstd: "arena", r: "arena" },
  params: { T: "u32", C: "u32", eps: "f32", mode: "u32" }, // bind `gpu.unused(i)` to r where mode is 0
  constants: { WG: 64 },
  grid: ({ T }) => linearGrid(T),
  flops: ({ T, C }) => 4 * T * C,
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

import code from "../../../shaders/klRows.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";

/** `mode` 1 turns the student's logits into the gradient, 0 leaves them. */
export const klRows = defineKernel({
  name: "klRows",
  code,
  bindings: { teacher: "arena", student: "arena", weight: "arena", kl: "arena" },
  params: { R: "u32", V: "u32", ld: "u32", rowOffset: "u32", mode: "u32" },
  constants: { WG: 64 },
  grid: ({ R }) => linearGrid(R),
  flops: ({ R, ld }) => 48 * R * ld,
  tolerance: { rtol: 1e-5, atol: 2e-6 },
});

import code from "../../../shaders/klRows.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";

/** Divergence of the student's rows of logits from the teacher's, over the whole vocabulary. */
export const klRows = defineKernel({
  name: "klRows",
  code,
  bindings: { teacher: "arena", student: "arena", kl: "arena" },
  params: { R: "u32", V: "u32", ld: "u32", rowOffset: "u32" },
  constants: { WG: 64 },
  grid: ({ R }) => linearGrid(R),
  flops: ({ R, ld }) => 40 * R * ld,
  tolerance: { rtol: 1e-5, atol: 2e-6 },
});

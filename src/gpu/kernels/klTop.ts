import code from "../../../shaders/klTop.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";

/** Tokens that a teacher may have for a row at most; what the shader keeps. */
export const MOST_TOP_TOKENS = 1024;

/** Divergence from a teacher's top tokens; `mode` 1 turns the logits into its gradient, 0 only measures and spoils them. */
export const klTop = defineKernel({
  name: "klTop",
  code,
  bindings: { logits: "arena", ids: "arena", teacher: "arena", weight: "arena", kl: "arena" },
  params: { R: "u32", V: "u32", ld: "u32", count: "u32", rowOffset: "u32", tableRow: "u32", mode: "u32" },
  constants: { WG: 64, TOP: MOST_TOP_TOKENS },
  grid: ({ R }) => linearGrid(R),
  flops: ({ R, ld }) => 24 * R * ld,
  tolerance: { rtol: 1e-5, atol: 3e-6 },
});

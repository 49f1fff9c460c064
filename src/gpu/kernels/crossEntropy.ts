import code from "../../../shaders/crossEntropy.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";

/** Every row's log-probability of its target, and of the weighted sum of them the gradient by the logits, in their place. */
export const crossEntropy = defineKernel({
  name: "crossEntropy",
  code,
  bindings: { logits: "arena", targets: "arena", weight: "arena", logprob: "arena" },
  params: { R: "u32", V: "u32", ld: "u32", rowOffset: "u32" },
  constants: { WG: 256 },
  grid: ({ R }) => linearGrid(R),
  flops: ({ R, ld }) => 32 * R * ld,
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

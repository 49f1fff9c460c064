import code from "../../../shaders/topTokens.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";

/** The likeliest tokens of each row of logits and their log-probabilities; `count` is at most V. */
export const topTokens = defineKernel({
  name: "topTokens",
  code,
  bindings: { logits: "arena", ids: "arena", logprobs: "arena" },
  params: { R: "u32", V: "u32", ld: "u32", count: "u32", rowOffset: "u32" },
  constants: { WG: 64 },
  grid: ({ R }) => linearGrid(R),
  flops: ({ R, ld, count }) => R * ld * (8 + 4 * count),
  tolerance: { rtol: 1e-5, atol: 1e-5 },
});

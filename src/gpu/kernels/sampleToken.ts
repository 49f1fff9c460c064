import code from "../../../shaders/sampleToken.wgsl?raw";
import { defineKernel } from "../kernel.ts";

/**
 * Next token per batch row; all tables in 32-bit words.
 * settings (B, 4): temperature (f32, 0 = greedy), top_k (0 = off), top_p (f32, 1 = off), seed.
 * state (B, 8): next token, its position, done, tokens generated, new tokens at most, first and end of its stops, spare.
 */
export const sampleToken = defineKernel({
  name: "sampleToken",
  code,
  bindings: { logits: "arena", settings: "arena", state: "arena", stops: "arena", output: "arena" },
  params: { B: "u32", V: "u32", ld: "u32", outStride: "u32" },
  constants: { WG: 64 },
  grid: ({ B }) => [B],
  flops: ({ B, V }) => 4 * B * V,
  tolerance: { rtol: 0, atol: 0 },
});

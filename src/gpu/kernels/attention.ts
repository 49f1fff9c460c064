import code from "../../../shaders/attention.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";

/** Keys a query sees, for the estimate of work: the spans are on the GPU, and packs are made of short sequences. */
export const TYPICAL_KEYS = 64;

export const attention = defineKernel({
  name: "attention",
  code,
  bindings: { q: "arena", k: "arena", v: "arena", spans: "arena", o: "arena", stats: "arena" },
  params: { T: "u32", NH: "u32", NKV: "u32", hs: "u32", ldq: "u32", ldkv: "u32", scale: "f32" },
  constants: { WG: 64 },
  grid: ({ T, NH }) => linearGrid(T! * NH!),
  flops: ({ T, NH, hs }) => 4 * T * NH * hs * TYPICAL_KEYS,
  tolerance: { rtol: 1e-5, atol: 2e-6 },
});

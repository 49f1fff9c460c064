import code from "../../../shaders/attentionBackwardQ.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";
import { attention, TYPICAL_KEYS } from "./attention.ts";

export const attentionBackwardQ = defineKernel({
  name: "attentionBackwardQ",
  code,
  bindings: {
    q: "arena",
    k: "arena",
    v: "arena",
    o: "arena",
    dout: "arena",
    stats: "arena",
    spans: "arena",
    dq: "arena",
  },
  params: attention.params,
  constants: { WG: 64 },
  grid: ({ T, NH }) => linearGrid(T! * NH!),
  flops: ({ T, NH, hs }) => 6 * T * NH * hs * TYPICAL_KEYS,
  tolerance: { rtol: 1e-5, atol: 5e-6 },
});

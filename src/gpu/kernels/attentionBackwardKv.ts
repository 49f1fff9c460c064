import code from "../../../shaders/attentionBackwardKv.wgsl?raw";
import { defineKernel, linearGrid } from "../kernel.ts";
import { attention, TYPICAL_KEYS } from "./attention.ts";

export const attentionBackwardKv = defineKernel({
  name: "attentionBackwardKv",
  code,
  bindings: {
    q: "arena",
    k: "arena",
    v: "arena",
    dout: "arena",
    stats: "arena",
    reach: "arena",
    dk: "arena",
    dv: "arena",
  },
  params: attention.params,
  constants: { WG: 64 },
  grid: ({ T, NKV }) => linearGrid(T! * NKV!),
  flops: ({ T, NH, hs }) => 8 * T * NH * hs * TYPICAL_KEYS,
  tolerance: { rtol: 1e-5, atol: 1e-5 },
});

import code from "../../../shaders/advanceDecode.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";

export const advanceDecode = defineKernel({
  name: "advanceDecode",
  code,
  bindings: {
    state: "arena",
    cacheStart: "arena",
    ids: "arena",
    positions: "arena",
    spans: "arena",
    local: "arena",
    cacheRow: "arena",
  },
  params: { B: "u32", window: "u32" },
  constants: { WG: 64 },
  grid: ({ B }, { WG = 1 }) => [Math.max(1, ceilDiv(B, WG))],
  flops: ({ B }) => B,
  tolerance: { rtol: 0, atol: 0 },
});

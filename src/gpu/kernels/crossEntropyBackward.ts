import code from "../../../shaders/crossEntropyBackward.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const crossEntropyBackward = defineKernel({
  name: "crossEntropyBackward",
  code,
  bindings: { logits: "arena", targets: "arena", lse: "arena", weight: "arena" },
  params: { R: "u32", V: "u32", ld: "u32", rowOffset: "u32" },
  constants: { WG: 64, PER: 8 },
  grid: ({ R, ld }, { WG = 1, PER = 1 }) => linearGrid(R * ceilDiv(ld / 4, WG * PER)),
  flops: ({ R, ld }) => 12 * R * ld,
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

import code from "../../../shaders/rowWeights.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const rowWeights = defineKernel({
  name: "rowWeights",
  code,
  bindings: {
    offsets: "arena",
    users: "arena",
    userIndex: "arena",
    factor: "arena",
    gradients: "arena",
    sequenceOf: "arena",
    weight: "arena",
  },
  params: { R: "u32", S: "u32" },
  constants: { WG: 64 },
  grid: ({ R }, { WG = 1 }) => linearGrid(ceilDiv(R, WG)),
  flops: ({ R }) => 16 * R,
  tolerance: { rtol: 1e-5, atol: 1e-7 },
});

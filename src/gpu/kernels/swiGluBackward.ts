import code from "../../../shaders/swiGluBackward.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const swiGluBackward = defineKernel({
  name: "swiGluBackward",
  code,
  bindings: { dh: "arena", gate: "arena", up: "arena" },
  params: { n: "u32" },
  constants: { WG: 64 },
  grid: ({ n }, { WG }) => linearGrid(ceilDiv(n! / 4, WG!)),
  flops: ({ n }) => 16 * n,
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

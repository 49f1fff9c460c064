import code from "../../../shaders/swiGlu.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const swiGlu = defineKernel({
  name: "swiGlu",
  code,
  bindings: { gate: "arena", up: "arena", h: "arena" },
  params: { n: "u32" },
  constants: { WG: 64 },
  grid: ({ n }, { WG }) => linearGrid(ceilDiv(n! / 4, WG!)),
  flops: ({ n }) => 10 * n,
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

import code from "../../../shaders/gluBackward.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const gluBackward = defineKernel({
  name: "gluBackward",
  code,
  bindings: { dh: "arena", gate: "arena", up: "arena" },
  params: { n: "u32", a: "f32", b: "f32" },
  constants: { WG: 64 },
  grid: ({ n }, { WG }) => linearGrid(ceilDiv(n! / 4, WG!)),
  flops: ({ n }) => 20 * n,
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

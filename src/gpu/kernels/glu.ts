import code from "../../../shaders/glu.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const glu = defineKernel({
  name: "glu",
  code,
  bindings: { gate: "arena", up: "arena", h: "arena" },
  params: { n: "u32", a: "f32", b: "f32" },
  constants: { WG: 64 },
  grid: ({ n }, { WG }) => linearGrid(ceilDiv(n! / 4, WG!)),
  flops: ({ n }) => 12 * n,
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

const A = 2 * Math.sqrt(2 / Math.PI);

/** a and b of the kernel for an activation as config.json names it. */
export const ACTIVATIONS = {
  silu: { a: 1, b: 0 },
  gelu_pytorch_tanh: { a: A, b: 0.044715 * A },
} as const;

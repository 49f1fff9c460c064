import code from "../../../shaders/peakFma.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

/** A bench's yardstick, no part of a model. n is a multiple of 4. */
export const peakFma = defineKernel({
  name: "peakFma",
  code,
  bindings: { start: "arena", y: "arena" },
  params: { n: "u32", rounds: "u32", a: "f32", b: "f32" },
  constants: { WG: 64 },
  grid: ({ n }, { WG }) => linearGrid(ceilDiv(n! / 4, WG!)),
  flops: ({ n, rounds }) => 16 * n * rounds,
  tolerance: { rtol: 1e-5, atol: 0 },
});

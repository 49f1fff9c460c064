import code from "../../../shaders/peakCopy.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

/** A bench's yardstick, no part of a model: 8 bytes moved per element. n is a multiple of 4. */
export const peakCopy = defineKernel({
  name: "peakCopy",
  code,
  bindings: { x: "arena", y: "arena" },
  params: { n: "u32" },
  constants: { WG: 64 },
  grid: ({ n }, { WG }) => linearGrid(ceilDiv(n! / 4, WG!)),
  flops: ({ n }) => n,
  tolerance: { rtol: 0, atol: 0 },
});

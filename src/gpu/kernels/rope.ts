import code from "../../../shaders/rope.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const rope = defineKernel({
  name: "rope",
  code,
  bindings: { x: "arena", positions: "arena", table: "read" },
  params: { T: "u32", NH: "u32", hs: "u32", ldx: "u32", sign: "f32" },
  constants: { WG: 64 },
  grid: ({ T, NH, hs }, { WG }) => linearGrid(ceilDiv((T! * NH! * hs!) / 4, WG!)),
  flops: ({ T, NH, hs }) => 3 * T * NH * hs,
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

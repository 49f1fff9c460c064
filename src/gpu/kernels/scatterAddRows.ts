import code from "../../../shaders/scatterAddRows.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const scatterAddRows = defineKernel({
  name: "scatterAddRows",
  code,
  bindings: { x: "arena", offsets: "arena", list: "arena", y: "arena" },
  params: { T: "u32", C: "u32" },
  constants: { WG: 64 },
  grid: ({ T, C }, { WG }) => linearGrid(ceilDiv((T! * C!) / 4, WG!)),
  flops: ({ T, C }) => 2 * T * C,
  tolerance: { rtol: 1e-6, atol: 1e-6 },
});

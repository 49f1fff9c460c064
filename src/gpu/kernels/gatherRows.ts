import code from "../../../shaders/gatherRows.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const gatherRows = defineKernel({
  name: "gatherRows",
  code,
  bindings: { x: "arena", rows: "arena", y: "arena" },
  params: { R: "u32", C: "u32" },
  constants: { WG: 64 },
  grid: ({ R, C }, { WG }) => linearGrid(ceilDiv((R! * C!) / 4, WG!)),
  flops: ({ R, C }) => R * C,
  tolerance: { rtol: 0, atol: 0 },
});

import code from "../../../shaders/storeRows.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const storeRows = defineKernel({
  name: "storeRows",
  code,
  bindings: { x: "arena", rows: "arena", y: "arena" },
  params: { R: "u32", C: "u32" },
  constants: { WG: 64 },
  grid: ({ R, C }, { WG }) => linearGrid(ceilDiv((R! * C!) / 4, WG!)),
  flops: ({ R, C }) => R * C,
  tolerance: { rtol: 0, atol: 0 },
});

import code from "../../../shaders/embed.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

export const embed = defineKernel({
  name: "embed",
  code,
  bindings: { ids: "arena", w: "read", x: "arena" },
  params: { T: "u32", C: "u32", ldw: "u32", firstRow: "u32", rows: "u32", scale: "f32" },
  constants: { WG: 64 },
  grid: ({ T, C }, { WG }) => linearGrid(ceilDiv((T! * C!) / 4, WG!)),
  flops: ({ T, C }) => T * C,
  tolerance: { rtol: 1e-6, atol: 0 },
});

import code from "../../../shaders/attentionTile.wgsl?raw";
import { defineKernel } from "../kernel.ts";
import { attention } from "./attention.ts";
import { type AttentionSizes, sizedGrid, tileSizes, withSizes } from "./attentionSizes.ts";

const rowsOf = ({ T, NH, NKV }: { T: number; NH: number; NKV: number }) => (T * NH) / NKV;
const written = tileSizes(32); // what stands in the shader

export const attentionTile = defineKernel({
  ...attention,
  name: "attentionTile",
  variantOf: "attention",
  code,
  constants: {},
  grid: (params) => sizedGrid(rowsOf(params), params.NKV, written),
});

/** The same with other sizes. */
export const attentionTileOf = (sizes: AttentionSizes): typeof attention =>
  withSizes(attentionTile, sizes, rowsOf);

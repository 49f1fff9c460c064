import code from "../../../shaders/attentionBackwardQTile.wgsl?raw";
import { defineKernel } from "../kernel.ts";
import { attentionBackwardQ } from "./attentionBackwardQ.ts";
import { type AttentionSizes, sizedGrid, tileSizes, withSizes } from "./attentionSizes.ts";

const rowsOf = ({ T, NH, NKV }: { T: number; NH: number; NKV: number }) => (T * NH) / NKV;
const written = tileSizes(32); // what stands in the shader

export const attentionBackwardQTile = defineKernel({
  ...attentionBackwardQ,
  name: "attentionBackwardQTile",
  variantOf: "attentionBackwardQ",
  code,
  constants: {},
  grid: (params) => sizedGrid(rowsOf(params), params.NKV, written),
});

/** The same with other sizes. */
export const attentionBackwardQTileOf = (sizes: AttentionSizes): typeof attentionBackwardQ =>
  withSizes(attentionBackwardQTile, sizes, rowsOf);

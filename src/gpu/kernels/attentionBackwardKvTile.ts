import code from "../../../shaders/attentionBackwardKvTile.wgsl?raw";
import { defineKernel } from "../kernel.ts";
import { attentionBackwardKv } from "./attentionBackwardKv.ts";
import { type AttentionSizes, sizedGrid, tileSizes, withSizes } from "./attentionSizes.ts";

const rowsOf = ({ T }: { T: number }) => T;
const written = tileSizes(32); // what stands in the shader

export const attentionBackwardKvTile = defineKernel({
  ...attentionBackwardKv,
  name: "attentionBackwardKvTile",
  variantOf: "attentionBackwardKv",
  code,
  constants: {},
  grid: (params) => sizedGrid(rowsOf(params), params.NKV, written),
});

/** The same with other sizes. */
export const attentionBackwardKvTileOf = (sizes: AttentionSizes): typeof attentionBackwardKv =>
  withSizes(attentionBackwardKvTile, sizes, rowsOf);

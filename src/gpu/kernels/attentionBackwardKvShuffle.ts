import shader from "../../../shaders/attentionBackwardKvShuffle.wgsl?raw";
import laneRows from "../../../shaders/parts/laneRows.wgsl?raw";
import { defineKernel } from "../kernel.ts";
import { attentionBackwardKv } from "./attentionBackwardKv.ts";
import { type AttentionSizes, shuffleSizes, sizedGrid, withSizes } from "./attentionSizes.ts";

const rowsOf = ({ T }: { T: number }) => T;
const written = shuffleSizes(32, 8, 1); // what stands in the shader

export const attentionBackwardKvShuffle = defineKernel({
  ...attentionBackwardKv,
  name: "attentionBackwardKvShuffle",
  variantOf: "attentionBackwardKv",
  code: `${shader}\n${laneRows}`,
  constants: {},
  features: ["subgroups"],
  grid: (params) => sizedGrid(rowsOf(params), params.NKV, written),
});

/** The same with other sizes. */
export const attentionBackwardKvShuffleOf = (sizes: AttentionSizes): typeof attentionBackwardKv =>
  withSizes(attentionBackwardKvShuffle, sizes, rowsOf);

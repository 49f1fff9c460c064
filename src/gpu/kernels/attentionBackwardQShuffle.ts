import shader from "../../../shaders/attentionBackwardQShuffle.wgsl?raw";
import laneRows from "../../../shaders/parts/laneRows.wgsl?raw";
import { defineKernel } from "../kernel.ts";
import { attentionBackwardQ } from "./attentionBackwardQ.ts";
import { type AttentionSizes, shuffleSizes, sizedGrid, withSizes } from "./attentionSizes.ts";

const rowsOf = ({ T, NH, NKV }: { T: number; NH: number; NKV: number }) => (T * NH) / NKV;
const written = shuffleSizes(32, 8, 1); // what stands in the shader

export const attentionBackwardQShuffle = defineKernel({
  ...attentionBackwardQ,
  name: "attentionBackwardQShuffle",
  variantOf: "attentionBackwardQ",
  code: `${shader}\n${laneRows}`,
  constants: {},
  features: ["subgroups"],
  grid: (params) => sizedGrid(rowsOf(params), params.NKV, written),
});

/** The same with other sizes. */
export const attentionBackwardQShuffleOf = (sizes: AttentionSizes): typeof attentionBackwardQ =>
  withSizes(attentionBackwardQShuffle, sizes, rowsOf);

import shader from "../../../shaders/attentionShuffle.wgsl?raw";
import laneRows from "../../../shaders/parts/laneRows.wgsl?raw";
import { defineKernel } from "../kernel.ts";
import { attention } from "./attention.ts";
import { type AttentionSizes, shuffleSizes, sizedGrid, withSizes } from "./attentionSizes.ts";

const rowsOf = ({ T, NH, NKV }: { T: number; NH: number; NKV: number }) => (T * NH) / NKV;
const written = shuffleSizes(32, 8, 2); // what stands in the shader

export const attentionShuffle = defineKernel({
  ...attention,
  name: "attentionShuffle",
  variantOf: "attention",
  code: `${shader}\n${laneRows}`,
  constants: {},
  features: ["subgroups"],
  grid: (params) => sizedGrid(rowsOf(params), params.NKV, written),
});

/** The same with other sizes. */
export const attentionShuffleOf = (sizes: AttentionSizes): typeof attention =>
  withSizes(attentionShuffle, sizes, rowsOf);

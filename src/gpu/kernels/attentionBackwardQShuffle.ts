import code from "../../../shaders/attentionBackwardQShuffle.wgsl?raw";
import { defineKernel, type Kernel } from "../kernel.ts";
import { attentionBackwardQ } from "./attentionBackwardQ.ts";
import { type LaneRows, laneGrid, withLaneRows } from "./laneRows.ts";

const rowsOf = ({ T, NH, NKV }: { T: number; NH: number; NKV: number }) => (T * NH) / NKV;
const size: LaneRows = { hs: 32, WG: 8, rows: 1 }; // what stands in the shader

export const attentionBackwardQShuffle = defineKernel({
  ...attentionBackwardQ,
  name: "attentionBackwardQShuffle",
  variantOf: "attentionBackwardQ",
  code,
  constants: {},
  features: ["subgroups"],
  grid: (params) => laneGrid(rowsOf(params), params.NKV, size),
});

/** The same for heads of `hs` columns on an adapter whose subgroups have `WG` lanes. */
export const attentionBackwardQShuffleOf = (
  size: LaneRows,
): Kernel<keyof typeof attentionBackwardQ.bindings, keyof typeof attentionBackwardQ.params> =>
  withLaneRows(attentionBackwardQShuffle, size, rowsOf);

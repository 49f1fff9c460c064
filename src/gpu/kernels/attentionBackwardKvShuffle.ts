import code from "../../../shaders/attentionBackwardKvShuffle.wgsl?raw";
import { defineKernel, type Kernel } from "../kernel.ts";
import { attentionBackwardKv } from "./attentionBackwardKv.ts";
import { type LaneRows, laneGrid, withLaneRows } from "./laneRows.ts";

const rowsOf = ({ T }: { T: number }) => T;
const size: LaneRows = { hs: 32, WG: 8, rows: 1 }; // what stands in the shader

export const attentionBackwardKvShuffle = defineKernel({
  ...attentionBackwardKv,
  name: "attentionBackwardKvShuffle",
  variantOf: "attentionBackwardKv",
  code,
  constants: {},
  features: ["subgroups"],
  grid: (params) => laneGrid(rowsOf(params), params.NKV, size),
});

/** The same for heads of `hs` columns on an adapter whose subgroups have `WG` lanes. */
export const attentionBackwardKvShuffleOf = (
  size: LaneRows,
): Kernel<keyof typeof attentionBackwardKv.bindings, keyof typeof attentionBackwardKv.params> =>
  withLaneRows(attentionBackwardKvShuffle, size, rowsOf);

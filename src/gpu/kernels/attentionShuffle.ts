import code from "../../../shaders/attentionShuffle.wgsl?raw";
import { defineKernel, type Kernel } from "../kernel.ts";
import { attention } from "./attention.ts";
import { type LaneRows, laneGrid, withLaneRows } from "./laneRows.ts";

const rowsOf = ({ T, NH, NKV }: { T: number; NH: number; NKV: number }) => (T * NH) / NKV;
const size: LaneRows = { hs: 32, WG: 8, rows: 2 }; // what stands in the shader

export const attentionShuffle = defineKernel({
  ...attention,
  name: "attentionShuffle",
  variantOf: "attention",
  code,
  constants: {},
  features: ["subgroups"],
  grid: (params) => laneGrid(rowsOf(params), params.NKV, size),
});

/** The same for heads of `hs` columns on an adapter whose subgroups have `WG` lanes. */
export const attentionShuffleOf = (
  size: LaneRows,
): Kernel<keyof typeof attention.bindings, keyof typeof attention.params> =>
  withLaneRows(attentionShuffle, size, rowsOf);

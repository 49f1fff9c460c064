/** Which form of attention an adapter gets. */
import type { Gpu } from "../device.ts";
import { attention } from "./attention.ts";
import { attentionBackwardKv } from "./attentionBackwardKv.ts";
import { attentionBackwardKvShuffleOf } from "./attentionBackwardKvShuffle.ts";
import { attentionBackwardQ } from "./attentionBackwardQ.ts";
import { attentionBackwardQShuffleOf } from "./attentionBackwardQShuffle.ts";
import { attentionShuffleOf } from "./attentionShuffle.ts";
import { withRows } from "./rows.ts";

/** Beyond it a lane's rows no longer fit anywhere near registers, and the shader takes a minute to compile. */
const MAX_LANE_HS = 128;

/** Lanes of a subgroup where the shuffling variants are right: software, one fixed subgroup size; else null. */
function lanes(gpu: Gpu, hs: number): number | null {
  const { isFallbackAdapter, subgroupMinSize, subgroupMaxSize } = gpu.info;
  const fits = isFallbackAdapter && subgroupMinSize > 0 && subgroupMinSize === subgroupMaxSize;
  return fits && hs <= MAX_LANE_HS ? subgroupMinSize : null;
}

/** Rows a lane where there are many: two share what is loaded, beyond 32 columns they would spill. */
const manyRows = (hs: number) => (hs <= 32 ? 2 : 1);

/** Attention for heads of `hs` columns and many queries in a row. */
export function attentionFor(gpu: Gpu, hs: number): typeof attention {
  const WG = lanes(gpu, hs);
  return WG === null ? withRows(gpu, attention) : attentionShuffleOf({ hs, WG, rows: manyRows(hs) });
}

/** The same for decoding: few queries, each with keys of its own, so that a lane's second row would only wait. */
export function attentionDecodeFor(gpu: Gpu, hs: number): typeof attention {
  const WG = lanes(gpu, hs);
  return WG === null ? withRows(gpu, attention) : attentionShuffleOf({ hs, WG, rows: 1 });
}

/** Attention's gradient by q for heads of `hs` columns. */
export function attentionBackwardQFor(gpu: Gpu, hs: number): typeof attentionBackwardQ {
  const WG = lanes(gpu, hs);
  return WG === null ? withRows(gpu, attentionBackwardQ) : attentionBackwardQShuffleOf({ hs, WG, rows: 1 });
}

/** Attention's gradient by k and v for heads of `hs` columns. */
export function attentionBackwardKvFor(gpu: Gpu, hs: number): typeof attentionBackwardKv {
  const WG = lanes(gpu, hs);
  const rows = manyRows(hs);
  return WG === null ? withRows(gpu, attentionBackwardKv) : attentionBackwardKvShuffleOf({ hs, WG, rows });
}

/**
 * Which form of attention an adapter gets: software adapters shuffles and no barrier, GPUs tiles in workgroup memory, and
 * the plain form where neither fits, and for decoding on GPUs.
 */
import type { Gpu } from "../device.ts";
import { attention } from "./attention.ts";
import { attentionBackwardKv } from "./attentionBackwardKv.ts";
import { attentionBackwardKvShuffleOf } from "./attentionBackwardKvShuffle.ts";
import { attentionBackwardKvTileOf } from "./attentionBackwardKvTile.ts";
import { attentionBackwardQ } from "./attentionBackwardQ.ts";
import { attentionBackwardQShuffleOf } from "./attentionBackwardQShuffle.ts";
import { attentionBackwardQTileOf } from "./attentionBackwardQTile.ts";
import { attentionShuffleOf } from "./attentionShuffle.ts";
import { type AttentionSizes, MAX_LANE_HS, shuffleSizes, tileSizes } from "./attentionSizes.ts";
import { attentionTileOf } from "./attentionTile.ts";
import { withRows } from "./rows.ts";

/** Lanes of a subgroup where shuffles are right: software, one fixed subgroup size; else null. */
function lanes(gpu: Gpu, hs: number): number | null {
  const { isFallbackAdapter, subgroupMinSize, subgroupMaxSize } = gpu.info;
  const fits = isFallbackAdapter && subgroupMinSize > 0 && subgroupMinSize === subgroupMaxSize;
  return fits && hs <= MAX_LANE_HS ? subgroupMinSize : null;
}

interface Forms<K> {
  plain: () => K;
  shuffle: (sizes: AttentionSizes) => K;
  tile: ((sizes: AttentionSizes) => K) | null;
}

function choose<K>(gpu: Gpu, hs: number, rows: "many" | "few", { plain, shuffle, tile }: Forms<K>): K {
  const WG = lanes(gpu, hs);
  if (WG !== null) return shuffle(shuffleSizes(hs, WG, rows === "many" ? manyRows(hs, WG) : 1));
  if (tile && !gpu.info.isFallbackAdapter) return tile(tileSizes(hs));
  return plain();
}

/** Rows a lane where there are many: two share what is loaded. Eight lanes lose by it beyond 64 columns, four do not. */
const manyRows = (hs: number, WG: number) => (hs <= 64 || WG < 8 ? 2 : 1);

/** Attention for heads of `hs` columns and many queries in a row. */
export const attentionFor = (gpu: Gpu, hs: number): typeof attention =>
  choose(gpu, hs, "many", {
    plain: () => withRows(gpu, attention),
    shuffle: attentionShuffleOf,
    tile: attentionTileOf,
  });

/** The same for decoding: few queries, each with keys of its own, so that a lane's second row would only wait. */
export const attentionDecodeFor = (gpu: Gpu, hs: number): typeof attention =>
  choose(gpu, hs, "few", { plain: () => withRows(gpu, attention), shuffle: attentionShuffleOf, tile: null });

/** Attention's gradient by q for heads of `hs` columns. */
export const attentionBackwardQFor = (gpu: Gpu, hs: number): typeof attentionBackwardQ =>
  choose(gpu, hs, "many", {
    plain: () => withRows(gpu, attentionBackwardQ),
    shuffle: attentionBackwardQShuffleOf,
    tile: attentionBackwardQTileOf,
  });

/** Attention's gradient by k and v for heads of `hs` columns. */
export const attentionBackwardKvFor = (gpu: Gpu, hs: number): typeof attentionBackwardKv =>
  choose(gpu, hs, "many", {
    plain: () => withRows(gpu, attentionBackwardKv),
    shuffle: attentionBackwardKvShuffleOf,
    tile: attentionBackwardKvTileOf,
  });

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
import { type AttentionSizes, shuffleSizes, tileSizes } from "./attentionSizes.ts";
import { attentionTileOf } from "./attentionTile.ts";
import { withRows } from "./rows.ts";

/** Beyond it a lane's rows no longer fit anywhere near registers, and the shader takes a minute to compile. */
const MAX_LANE_HS = 128;

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

function choose<K>(
  gpu: Gpu,
  hs: number,
  rows: number, // a lane
  { plain, shuffle, tile }: Forms<K>,
): K {
  const WG = lanes(gpu, hs);
  if (WG !== null) return shuffle(shuffleSizes(hs, WG, rows));
  if (tile && !gpu.info.isFallbackAdapter) return tile(tileSizes(hs));
  return plain();
}

/** Rows a lane where there are many: two share what is loaded, beyond 32 columns they would spill. */
const manyRows = (hs: number) => (hs <= 32 ? 2 : 1);

/** Attention for heads of `hs` columns and many queries in a row. */
export const attentionFor = (gpu: Gpu, hs: number): typeof attention =>
  choose(gpu, hs, manyRows(hs), {
    plain: () => withRows(gpu, attention),
    shuffle: attentionShuffleOf,
    tile: attentionTileOf,
  });

/** The same for decoding: few queries, each with keys of its own, so that a lane's second row would only wait. */
export const attentionDecodeFor = (gpu: Gpu, hs: number): typeof attention =>
  choose(gpu, hs, 1, { plain: () => withRows(gpu, attention), shuffle: attentionShuffleOf, tile: null });

/** Attention's gradient by q for heads of `hs` columns. */
export const attentionBackwardQFor = (gpu: Gpu, hs: number): typeof attentionBackwardQ =>
  choose(gpu, hs, 1, {
    plain: () => withRows(gpu, attentionBackwardQ),
    shuffle: attentionBackwardQShuffleOf,
    tile: attentionBackwardQTileOf,
  });

/** Attention's gradient by k and v for heads of `hs` columns. */
export const attentionBackwardKvFor = (gpu: Gpu, hs: number): typeof attentionBackwardKv =>
  choose(gpu, hs, manyRows(hs), {
    plain: () => withRows(gpu, attentionBackwardKv),
    shuffle: attentionBackwardKvShuffleOf,
    tile: attentionBackwardKvTileOf,
  });

/** The half of a block in which tokens look at each other: o = attention(rope(q), rope(k), v) of y = rmsNorm(x). */
import type { Range } from "../../gpu/buffers.ts";
import {
  ATTENTION_IN,
  type LayerContext,
  lowRankInput,
  project,
  projectBackward,
  type Rows,
} from "./projection.ts";

/** The pack's tables on the GPU. */
export interface TokenTables {
  T: number;
  capacity: number; // tokens every range has room for
  positions: Range;
  spans: Range;
  reach: Range;
}

/** Where a block's keys and values are kept for generation. */
export interface LayerCache {
  k: Range; // (cache rows, NKV·hs)
  v: Range;
  rows: Range; // (T): the cache row of every token
  attend: boolean; // decode: the spans are ranges of cache rows, not of the pack
}

/** What the backward pass reads again. */
export interface AttentionSaved {
  x: Range; // (T, C)
  rstd: Range; // (T)
  h: Range | null;
  q: Range; // (T, NH·hs), rotated
  k: Range; // (T, NKV·hs), rotated
  v: Range;
  o: Range; // (T, NH·hs)
  stats: Range; // (T, NH, 2)
}

const rowsOf = (t: TokenTables): Rows => ({ count: t.T, capacity: t.capacity });

/** @returns the heads' outputs as `o`, with what the backward pass needs */
export function attentionForward(
  c: LayerContext,
  t: TokenTables,
  x: Range,
  cache: LayerCache | null,
): AttentionSaved {
  const { ops, config, weights, arena } = c;
  const { T, capacity } = t;
  const { hidden_size: C, num_attention_heads: NH, num_key_value_heads: NKV, head_dim: hs } = config;
  const rows = rowsOf(t);
  const rstd = arena.words(capacity);
  const q = arena.words(capacity * NH * hs);
  const k = arena.words(capacity * NKV * hs);
  const v = arena.words(capacity * NKV * hs);
  const o = arena.words(capacity * NH * hs);
  const stats = arena.words(capacity * NH * 2);
  const y = arena.words(capacity * C);
  ops.rmsNorm(x, weights.inputNorm, y, rstd, T, C, config.rms_norm_eps);
  const h = lowRankInput(c, ATTENTION_IN, y, rows);
  project(c, ATTENTION_IN, "q_proj", { x: y, h, y: q }, rows);
  project(c, ATTENTION_IN, "k_proj", { x: y, h, y: k }, rows);
  project(c, ATTENTION_IN, "v_proj", { x: y, h, y: v }, rows);
  ops.rope(q, t.positions, c.ropeTable, T, NH, 1);
  ops.rope(k, t.positions, c.ropeTable, T, NKV, 1);
  if (cache) {
    ops.storeRows(k, cache.rows, cache.k, T, NKV * hs);
    ops.storeRows(v, cache.rows, cache.v, T, NKV * hs);
  }
  const keys = cache?.attend ? { k: cache.k, v: cache.v } : { k, v };
  ops.attention({ q, ...keys, spans: t.spans, o, stats }, T, cache?.attend ?? false);
  return { x, rstd, h, q, k, v, o, stats };
}

/**
 * From `dout`, the gradient of o, into the adapter's gradients and, where `dx` is not null, onto dx, which holds the
 * gradient that reached x past the block.
 */
export function attentionBackward(
  c: LayerContext,
  t: TokenTables,
  saved: AttentionSaved,
  dout: Range,
  dx: Range | null,
  beta: number,
): void {
  const { ops, config, weights, arena } = c;
  const { T, capacity } = t;
  const { hidden_size: C, num_attention_heads: NH, num_key_value_heads: NKV, head_dim: hs } = config;
  const rows = rowsOf(t);
  const mark = arena.mark();
  const dq = arena.words(capacity * NH * hs);
  const dk = arena.words(capacity * NKV * hs);
  const dv = arena.words(capacity * NKV * hs);
  const y = arena.words(capacity * C); // norm output, recomputed
  const rstd = arena.words(capacity); // written once more by that
  const dy = dx && arena.words(capacity * C);
  const { x, q, k, v, o, stats, h } = saved;
  ops.attentionBackward({ q, k, v, o, stats, spans: t.spans, reach: t.reach, dout, dq, dk, dv }, T);
  ops.rope(dq, t.positions, c.ropeTable, T, NH, -1);
  ops.rope(dk, t.positions, c.ropeTable, T, NKV, -1);
  ops.rmsNorm(x, weights.inputNorm, y, rstd, T, C, config.rms_norm_eps);
  const io = { x: y, h, dx: dy, beta };
  projectBackward(c, ATTENTION_IN, "q_proj", { ...io, dy: dq, accumulate: false }, rows);
  projectBackward(c, ATTENTION_IN, "k_proj", { ...io, dy: dk, accumulate: true }, rows);
  projectBackward(c, ATTENTION_IN, "v_proj", { ...io, dy: dv, accumulate: true }, rows);
  if (dx && dy) ops.rmsNormBackward(x, weights.inputNorm, saved.rstd, dy, dx, T, C, true);
  arena.release(mark);
}

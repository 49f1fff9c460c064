/**
 * The half of a block in which tokens look at each other: o = attention(rope(q), rope(k), v) of y = rmsNorm(x), where some
 * families norm every head of q and k before they are rotated.
 */
import type { Range } from "../../gpu/buffers.ts";
import {
  ATTENTION_IN,
  type LayerContext,
  lowRankInput,
  lowRankRoom,
  project,
  projectBackward,
  type Rows,
} from "./projection.ts";

/** The pack's tables on the GPU, as a layer sees them. */
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
  q: Range; // (T, NH·hs), rotated; with q/k norms as the projection left it
  k: Range; // (T, NKV·hs), likewise
  v: Range;
  o: Range; // (T, NH·hs)
  stats: Range; // (T, NH, 2)
}

/** q or k as attention reads it, and what its norm leaves for the backward pass. */
interface Heads {
  y: Range; // (T, NH·hs), rotated
  rstd: Range | null; // (T·NH); null without a norm
}

const rowsOf = (t: TokenTables): Rows => ({ count: t.T, capacity: t.capacity });

/** Norms and rotates the NH heads of a projection's output x: in place or, with a norm, into scratch. */
function toHeads(c: LayerContext, t: TokenTables, x: Range, norm: Range | undefined, NH: number): Heads {
  const { ops, arena, config } = c;
  const { head_dim: hs, rms_norm_eps } = config;
  const y = norm ? arena.words(t.capacity * NH * hs) : x;
  const rstd = norm ? arena.words(t.capacity * NH) : null;
  if (norm && rstd) ops.rmsNorm(x, norm, y, rstd, t.T * NH, hs, rms_norm_eps);
  ops.rope(y, t.positions, c.ropeTable, t.T, NH, 1);
  return { y, rstd };
}

/** The gradient of x from that of the heads, which is used up; with a norm it takes the place of the heads. */
function toHeadsBackward(
  c: LayerContext,
  t: TokenTables,
  x: Range,
  { y, rstd }: Heads,
  dy: Range,
  norm: Range | undefined,
  NH: number,
): Range {
  const { ops, config } = c;
  ops.rope(dy, t.positions, c.ropeTable, t.T, NH, -1);
  if (!norm || !rstd) return dy;
  ops.rmsNormBackward(x, norm, rstd, dy, y, t.T * NH, config.head_dim, false);
  return y;
}

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
  const h = lowRankRoom(c, ATTENTION_IN, rows);
  const mark = arena.mark();
  const y = arena.words(capacity * C);
  ops.rmsNorm(x, weights.norms.input, y, rstd, T, C, config.rms_norm_eps);
  lowRankInput(c, ATTENTION_IN, y, h, rows);
  project(c, ATTENTION_IN, "q_proj", { x: y, h, y: q }, rows);
  project(c, ATTENTION_IN, "k_proj", { x: y, h, y: k }, rows);
  project(c, ATTENTION_IN, "v_proj", { x: y, h, y: v }, rows);
  const { y: qHeads } = toHeads(c, t, q, weights.norms.q, NH);
  const { y: kHeads } = toHeads(c, t, k, weights.norms.k, NKV);
  if (cache) {
    ops.storeRows(kHeads, cache.rows, cache.k, T, NKV * hs);
    ops.storeRows(v, cache.rows, cache.v, T, NKV * hs);
  }
  const keys = cache?.attend ? { k: cache.k, v: cache.v } : { k: kHeads, v };
  ops.attention({ q: qHeads, ...keys, spans: t.spans, o, stats }, T, cache?.attend ?? false);
  arena.release(mark);
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
  const { norms } = weights;
  const rows = rowsOf(t);
  const mark = arena.mark();
  const dq = arena.words(capacity * NH * hs);
  const dk = arena.words(capacity * NKV * hs);
  const dv = arena.words(capacity * NKV * hs);
  const y = arena.words(capacity * C); // norm output, recomputed
  const rstd = arena.words(capacity); // written once more by that
  const dy = dx && arena.words(capacity * C);
  const { x, v, o, stats, h } = saved;
  const q = norms.q ? toHeads(c, t, saved.q, norms.q, NH) : { y: saved.q, rstd: null };
  const k = norms.k ? toHeads(c, t, saved.k, norms.k, NKV) : { y: saved.k, rstd: null };
  const { spans, reach } = t;
  ops.attentionBackward({ q: q.y, k: k.y, v, o, stats, spans, reach, dout, dq, dk, dv }, T);
  const dqIn = toHeadsBackward(c, t, saved.q, q, dq, norms.q, NH);
  const dkIn = toHeadsBackward(c, t, saved.k, k, dk, norms.k, NKV);
  ops.rmsNorm(x, norms.input, y, rstd, T, C, config.rms_norm_eps);
  const io = { x: y, h, dx: dy, beta };
  projectBackward(c, ATTENTION_IN, "q_proj", { ...io, dy: dqIn, accumulate: false }, rows);
  projectBackward(c, ATTENTION_IN, "k_proj", { ...io, dy: dkIn, accumulate: true }, rows);
  projectBackward(c, ATTENTION_IN, "v_proj", { ...io, dy: dv, accumulate: true }, rows);
  if (dx && dy) ops.rmsNormBackward(x, norms.input, saved.rstd, dy, dx, T, C, true);
  arena.release(mark);
}

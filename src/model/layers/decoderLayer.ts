/**
 * One Llama block as a forward/backward pair.
 *
 *   mid = x + o_proj(attention(rope(q_proj(y)), rope(k_proj(y)), v_proj(y))),  y = rmsNorm(x)
 *   out = mid + down_proj(silu(gate_proj(z)) · up_proj(z)),                    z = rmsNorm(mid)
 *
 * Every projection carries its LoRA term: Y = X Wᵀ + s·H Bᵀ with H = X Aᵀ; backward G = s·dY B, dX = dY W + G A,
 * dA = Gᵀ X, dB = s·dYᵀ H (kernels.md §7.2). Norm outputs and the MLP's hidden state are recomputed, not kept.
 */
import type { TargetModule } from "../../core/config.ts";
import type { Arena, Range } from "../../gpu/buffers.ts";
import type { LoraAdapter, LoraSlot } from "../adapter.ts";
import { INPUT_GROUPS } from "../adapter.ts";
import type { ModelConfig } from "../modelConfig.ts";
import type { LowRank, Matrix, Ops } from "../ops.ts";
import type { LayerWeights } from "../weights.ts";

/** What both directions of a block need to know. */
export interface LayerContext {
  ops: Ops;
  config: ModelConfig;
  layer: number;
  weights: LayerWeights;
  adapter: LoraAdapter | null; // null: the base
  ropeTable: Range;
  arena: Arena;
  capacity: number; // tokens every range has room for; fixed per size class so that bind groups are reused
}

/** The pack's tables on the GPU. */
export interface TokenTables {
  T: number;
  positions: Range;
  spans: Range;
  reach: Range;
}

/** What the backward pass reads again. */
export interface LayerSaved {
  x: Range; // (T, C)
  rstd: Range;
  q: Range; // rotated
  k: Range; // rotated
  v: Range;
  o: Range;
  stats: Range;
  mid: Range;
  midRstd: Range;
  gate: Range;
  up: Range;
  h: Record<"attentionIn" | "attentionOut" | "mlpIn" | "mlpOut", Range | null>; // X Aᵀ, (T, rank · targets of the group)
}

type Group = (typeof INPUT_GROUPS)[number];
const ATTENTION_IN: Group = INPUT_GROUPS[0];
const ATTENTION_OUT: Group = INPUT_GROUPS[1];
const MLP_IN: Group = INPUT_GROUPS[2];
const MLP_OUT: Group = INPUT_GROUPS[3];

const targets = (c: LayerContext, group: Group) =>
  c.adapter ? group.map((m) => c.adapter!.slot(c.layer, m)).filter((s) => s !== null) : [];

/** H = X Aᵀ for all targets of a group at once: their A matrices are stacked. */
function lowRankInput(c: LayerContext, group: Group, x: Range, T: number): Range | null {
  const slots = targets(c, group);
  if (slots.length === 0 || !c.adapter) return null;
  const rows = slots.length * c.adapter.rank;
  const h = c.arena.words(c.capacity * rows);
  const stacked: Matrix = {
    range: c.adapter.range("weights", slots[0]!.a, rows * slots[0]!.in),
    type: "F32",
    rows,
    cols: slots[0]!.in,
  };
  c.ops.matmulNt(x, stacked, h, T);
  return h;
}

function lowRankForward(
  c: LayerContext,
  group: Group,
  module: TargetModule,
  h: Range | null,
): LowRank | null {
  const slot = c.adapter?.slot(c.layer, module);
  if (!slot || !h || !c.adapter) return null;
  const { rank, scaling } = c.adapter;
  return {
    left: h,
    offset: slot.column,
    ld: targets(c, group).length * rank,
    factor: c.adapter.range("weights", slot.b, slot.out * rank),
    rank,
    scale: scaling,
  };
}

/** Where this block's keys and values are kept for generation. */
export interface LayerCache {
  k: Range; // (cache rows, NKV·hs)
  v: Range;
  rows: Range; // (T): the cache row of every token
  attend: boolean; // decode: the spans are ranges of cache rows, not of the pack
}

/** The block's output into `out` (T, C). */
export function layerForward(
  c: LayerContext,
  t: TokenTables,
  x: Range,
  out: Range,
  cache: LayerCache | null = null,
): LayerSaved {
  const { ops, config, weights, arena, capacity } = c;
  const { T } = t;
  const {
    hidden_size: C,
    intermediate_size: F,
    rms_norm_eps: eps,
    num_attention_heads: NH,
    num_key_value_heads: NKV,
    head_dim: hs,
  } = config;
  const w = weights.matrices;
  const rstd = arena.words(capacity);
  const q = arena.words(capacity * NH * hs);
  const k = arena.words(capacity * NKV * hs);
  const v = arena.words(capacity * NKV * hs);
  const o = arena.words(capacity * NH * hs);
  const stats = arena.words(capacity * NH * 2);
  const mid = arena.words(capacity * C);
  const midRstd = arena.words(capacity);
  const gate = arena.words(capacity * F);
  const up = arena.words(capacity * F);

  const y = arena.words(capacity * C);
  ops.rmsNorm(x, weights.inputNorm, y, rstd, T, C, eps);
  const hIn = lowRankInput(c, ATTENTION_IN, y, T);
  ops.matmulNt(y, w.q_proj, q, T, { lowRank: lowRankForward(c, ATTENTION_IN, "q_proj", hIn) });
  ops.matmulNt(y, w.k_proj, k, T, { lowRank: lowRankForward(c, ATTENTION_IN, "k_proj", hIn) });
  ops.matmulNt(y, w.v_proj, v, T, { lowRank: lowRankForward(c, ATTENTION_IN, "v_proj", hIn) });
  ops.rope(q, t.positions, c.ropeTable, T, NH, 1);
  ops.rope(k, t.positions, c.ropeTable, T, NKV, 1);
  if (cache) {
    ops.storeRows(k, cache.rows, cache.k, T, NKV * hs);
    ops.storeRows(v, cache.rows, cache.v, T, NKV * hs);
  }
  ops.attention(q, cache?.attend ? cache.k : k, cache?.attend ? cache.v : v, t.spans, o, stats, T);
  const hO = lowRankInput(c, ATTENTION_OUT, o, T);
  ops.matmulNt(o, w.o_proj, mid, T, { lowRank: lowRankForward(c, ATTENTION_OUT, "o_proj", hO), add: x });

  ops.rmsNorm(mid, weights.postAttentionNorm, y, midRstd, T, C, eps);
  const hMlp = lowRankInput(c, MLP_IN, y, T);
  ops.matmulNt(y, w.gate_proj, gate, T, { lowRank: lowRankForward(c, MLP_IN, "gate_proj", hMlp) });
  ops.matmulNt(y, w.up_proj, up, T, { lowRank: lowRankForward(c, MLP_IN, "up_proj", hMlp) });
  const act = arena.words(capacity * F);
  ops.swiGlu(gate, up, act, T * F);
  const hDown = lowRankInput(c, MLP_OUT, act, T);
  ops.matmulNt(act, w.down_proj, out, T, {
    lowRank: lowRankForward(c, MLP_OUT, "down_proj", hDown),
    add: mid,
  });
  return {
    x,
    rstd,
    q,
    k,
    v,
    o,
    stats,
    mid,
    midRstd,
    gate,
    up,
    h: { attentionIn: hIn, attentionOut: hO, mlpIn: hMlp, mlpOut: hDown },
  };
}

/** What a projection's backward pass has of its adapter: G = dY·B, and the low-rank term s·G·A of dX. */
interface LowRankBackward {
  slot: LoraSlot;
  g: Range; // (T, rank)
  term: LowRank;
}

function lowRankBackward(
  c: LayerContext,
  module: TargetModule,
  dy: Range,
  T: number,
): LowRankBackward | null {
  const slot = c.adapter?.slot(c.layer, module);
  if (!slot || !c.adapter) return null;
  const { rank, scaling } = c.adapter;
  const g = c.arena.words(c.capacity * rank);
  const b: Matrix = {
    range: c.adapter.range("weights", slot.b, slot.out * rank),
    type: "F32",
    rows: slot.out,
    cols: rank,
  };
  c.ops.matmulNn(dy, b, g, T);
  const factor = c.adapter.range("weights", slot.a, rank * slot.in);
  return { slot, g, term: { left: g, offset: 0, ld: rank, factor, rank, scale: scaling } };
}

/** dA = s·Gᵀ X and dB = s·dYᵀ H into the adapter's arena, added with `beta` 1. */
function adapterGradients(
  c: LayerContext,
  group: Group,
  low: LowRankBackward | null,
  dy: Range,
  x: Range,
  h: Range | null,
  T: number,
  beta: number,
): void {
  if (!low || !h || !c.adapter) return;
  const { ops, adapter } = c;
  const { slot, g } = low;
  const { rank, scaling } = adapter;
  const mark = c.arena.mark();
  const partials = c.arena.words(ops.partialWords(c.capacity, rank, Math.max(slot.in, slot.out)));
  const dA = { range: adapter.range("grads", slot.a, rank * slot.in), si: slot.in, sj: 1 };
  const dB = { range: adapter.range("grads", slot.b, slot.out * rank), si: 1, sj: rank };
  const hLd = targets(c, group).length * rank;
  ops.matmulTn(
    { range: g, ld: rank, offset: 0 },
    { range: x, ld: slot.in },
    dA,
    { M: T, I: rank, J: slot.in },
    scaling,
    beta,
    partials,
  );
  ops.matmulTn(
    { range: h, ld: hLd, offset: slot.column },
    { range: dy, ld: slot.out },
    dB,
    { M: T, I: rank, J: slot.out },
    scaling,
    beta,
    partials,
  );
  c.arena.release(mark);
}

/** One projection's gradients: dX into `dx` (null: not needed), and the adapter's. */
function projectionBackward(
  c: LayerContext,
  group: Group,
  module: TargetModule,
  io: {
    dy: Range;
    x: Range;
    h: Range | null;
    dx: Range | null;
    accumulate: boolean;
    T: number;
    beta: number;
  },
): void {
  const { dy, x, h, dx, T, beta } = io;
  const mark = c.arena.mark();
  const low = lowRankBackward(c, module, dy, T);
  adapterGradients(c, group, low, dy, x, h, T, beta);
  if (dx)
    c.ops.matmulNn(dy, c.weights.matrices[module], dx, T, {
      lowRank: low?.term ?? null,
      add: io.accumulate ? dx : null,
    });
  c.arena.release(mark);
}

/**
 * Turns `dx`, the gradient of the block's output (T, C), into that of its input, and adds the adapter's gradients
 * (`beta` 0 overwrites them: the first pack of an update). `needInput` false leaves out what only the input needs.
 * Uses up `saved`: gate and up become their gradients.
 */
export function layerBackward(
  c: LayerContext,
  t: TokenTables,
  saved: LayerSaved,
  dx: Range,
  beta: number,
  needInput: boolean,
): void {
  const { ops, config, weights, arena, capacity } = c;
  const { T } = t;
  const {
    hidden_size: C,
    intermediate_size: F,
    rms_norm_eps: eps,
    num_attention_heads: NH,
    num_key_value_heads: NKV,
    head_dim: hs,
  } = config;
  const { attentionIn: hIn, attentionOut: hOut, mlpIn: hMlp, mlpOut: hDown } = saved.h;
  const mark = arena.mark();
  const y = arena.words(capacity * C); // norm output, recomputed
  const rstd = arena.words(capacity); // written once more by that
  const dy = arena.words(capacity * C);

  // MLP: act is first the gradient of the hidden state, then the hidden state itself, which dA of down_proj reads.
  const act = arena.words(capacity * F);
  const down = lowRankBackward(c, "down_proj", dx, T);
  ops.matmulNn(dx, weights.matrices.down_proj, act, T, { lowRank: down?.term ?? null });
  ops.swiGluBackward(act, saved.gate, saved.up, T * F);
  adapterGradients(c, MLP_OUT, down, dx, act, hDown, T, beta);
  ops.rmsNorm(saved.mid, weights.postAttentionNorm, y, rstd, T, C, eps);
  const mlp = { x: y, h: hMlp, dx: dy, T, beta };
  projectionBackward(c, MLP_IN, "gate_proj", { ...mlp, dy: saved.gate, accumulate: false });
  projectionBackward(c, MLP_IN, "up_proj", { ...mlp, dy: saved.up, accumulate: true });
  ops.rmsNormBackward(saved.mid, weights.postAttentionNorm, saved.midRstd, dy, dx, T, C, true);

  // Attention
  const dout = arena.words(capacity * NH * hs);
  projectionBackward(c, ATTENTION_OUT, "o_proj", {
    dy: dx,
    x: saved.o,
    h: hOut,
    dx: dout,
    accumulate: false,
    T,
    beta,
  });
  const dq = arena.words(capacity * NH * hs);
  const dk = arena.words(capacity * NKV * hs);
  const dv = arena.words(capacity * NKV * hs);
  const { q, k, v, o, stats } = saved;
  ops.attentionBackward({ q, k, v, o, stats, spans: t.spans, reach: t.reach, dout, dq, dk, dv }, T);
  ops.rope(dq, t.positions, c.ropeTable, T, NH, -1);
  ops.rope(dk, t.positions, c.ropeTable, T, NKV, -1);
  ops.rmsNorm(saved.x, weights.inputNorm, y, rstd, T, C, eps);
  const inputs = { x: y, h: hIn, dx: needInput ? dy : null, T, beta };
  projectionBackward(c, ATTENTION_IN, "q_proj", { ...inputs, dy: dq, accumulate: false });
  projectionBackward(c, ATTENTION_IN, "k_proj", { ...inputs, dy: dk, accumulate: true });
  projectionBackward(c, ATTENTION_IN, "v_proj", { ...inputs, dy: dv, accumulate: true });
  if (needInput) ops.rmsNormBackward(saved.x, weights.inputNorm, saved.rstd, dy, dx, T, C, true);
  arena.release(mark);
}

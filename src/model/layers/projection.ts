/**
 * A linear layer with its LoRA term, forward and backward (kernels.md §7.2):
 *
 *   H = X Aᵀ;  Y = X Wᵀ + s·H Bᵀ        G = dY·B;  dX = dY W + s·G A;  dA = s·Gᵀ X;  dB = s·dYᵀ H
 *
 * Modules that read the same X form a group: their A matrices are stacked, so one product gives every H.
 */
import type { TargetModule } from "../../core/config.ts";
import { LabError } from "../../core/errors.ts";
import type { Arena, Range } from "../../gpu/buffers.ts";
import { type LoraAdapter, TrainableAdapter } from "../adapter.ts";
import { INPUT_GROUPS, type LoraSlot } from "../loraLayout.ts";
import type { ModelConfig } from "../modelConfig.ts";
import { type LowRank, matrixOf, type Ops } from "../ops.ts";
import type { LayerWeights } from "../weights.ts";

/** What every part of a block needs to know. */
export interface LayerContext {
  ops: Ops;
  config: ModelConfig;
  layer: number;
  weights: LayerWeights;
  adapter: LoraAdapter | null; // null: the base
  ropeTable: Range; // of this layer's type
  arena: Arena;
}

/** How many rows are worked on, and how many every range has room for: fixed per size class, so bind groups recur. */
export interface Rows {
  count: number;
  capacity: number;
}

export type Group = (typeof INPUT_GROUPS)[number];
export const [ATTENTION_IN, ATTENTION_OUT, MLP_IN, MLP_OUT] = INPUT_GROUPS;

const targets = (c: LayerContext, group: Group): LoraSlot[] =>
  c.adapter ? group.map((m) => c.adapter!.slot(c.layer, m)).filter((s) => s !== null) : [];

/** Room for H = X Aᵀ (rows, rank · targets of the group), or null where none is trained. */
export function lowRankRoom(c: LayerContext, group: Group, rows: Rows): Range | null {
  const count = targets(c, group).length;
  return c.adapter && count > 0 ? c.arena.words(rows.capacity * count * c.adapter.rank) : null;
}

/** h = X Aᵀ of every trained module of the group. */
export function lowRankInput(c: LayerContext, group: Group, x: Range, h: Range | null, rows: Rows): void {
  const slots = targets(c, group);
  const first = slots[0];
  if (!first || !c.adapter || !h) return;
  const height = slots.length * c.adapter.rank;
  const range = c.adapter.range(first.a, height * first.in);
  c.ops.matmulNt(x, matrixOf(range, height, first.in), h, rows.count);
}

/** y = x·Wᵀ + s·h·Bᵀ, on top of the bias, or of `add` where it is given (no such module has a bias). */
export function project(
  c: LayerContext,
  group: Group,
  module: TargetModule,
  io: { x: Range; h: Range | null; y: Range; add?: Range },
  rows: Rows,
): void {
  const slot = c.adapter?.slot(c.layer, module);
  let lowRank: LowRank | null = null;
  if (slot && io.h && c.adapter) {
    const { rank, scaling } = c.adapter;
    const factor = c.adapter.range(slot.b, slot.out * rank);
    lowRank = {
      left: io.h,
      offset: slot.column,
      ld: targets(c, group).length * rank,
      factor,
      rank,
      scale: scaling,
    };
  }
  const base = io.add ? { add: io.add } : { bias: c.weights.biases[module] ?? null };
  c.ops.matmulNt(io.x, c.weights.matrices[module], io.y, rows.count, { lowRank, ...base });
}

/** What the backward pass of a projection has of its adapter: G = dY·B, and the term s·G·A of dX. */
export interface LowRankBackward {
  slot: LoraSlot;
  g: Range; // (rows, rank)
  term: LowRank;
}

/** G of a module, or null if it is not trained. */
export function lowRankBackward(
  c: LayerContext,
  module: TargetModule,
  dy: Range,
  rows: Rows,
): LowRankBackward | null {
  const slot = c.adapter?.slot(c.layer, module);
  if (!slot || !c.adapter) return null;
  const { rank, scaling } = c.adapter;
  const g = c.arena.words(rows.capacity * rank);
  const b = matrixOf(c.adapter.range(slot.b, slot.out * rank), slot.out, rank);
  c.ops.matmulNn(dy, b, g, rows.count);
  const factor = c.adapter.range(slot.a, rank * slot.in);
  return { slot, g, term: { left: g, offset: 0, ld: rank, factor, rank, scale: scaling } };
}

/** dX = dY·W + s·G·A into `dx`, added to what is there with `accumulate`. */
export function inputGradient(
  c: LayerContext,
  module: TargetModule,
  low: LowRankBackward | null,
  io: { dy: Range; dx: Range; accumulate: boolean },
  rows: Rows,
): void {
  const options = { lowRank: low?.term ?? null, add: io.accumulate ? io.dx : null };
  c.ops.matmulNn(io.dy, c.weights.matrices[module], io.dx, rows.count, options);
}

/** dA and dB into the adapter's arena; `beta` 1 adds to what is there, 0 overwrites. */
export function adapterGradients(
  c: LayerContext,
  group: Group,
  low: LowRankBackward | null,
  io: { dy: Range; x: Range; h: Range | null; beta: number },
  rows: Rows,
): void {
  if (!low || !io.h || !c.adapter) return;
  const { ops, adapter, arena } = c;
  if (!(adapter instanceof TrainableAdapter))
    throw new LabError("bad-shape", "this adapter was loaded to be applied: it has no room for gradients");
  const { slot, g } = low;
  const { rank, scaling } = adapter;
  const M = rows.count;
  const mark = arena.mark();
  const partials = arena.words(ops.partialWords(rows.capacity, rank, Math.max(slot.in, slot.out)));
  const dA = { range: adapter.gradients(slot.a, rank * slot.in), si: slot.in, sj: 1 };
  const dB = { range: adapter.gradients(slot.b, slot.out * rank), si: 1, sj: rank };
  const left = { range: g, ld: rank, offset: 0 };
  const h = { range: io.h, ld: targets(c, group).length * rank, offset: slot.column };
  ops.matmulTn(
    left,
    { range: io.x, ld: slot.in },
    dA,
    { M, I: rank, J: slot.in },
    scaling,
    io.beta,
    partials,
  );
  ops.matmulTn(
    h,
    { range: io.dy, ld: slot.out },
    dB,
    { M, I: rank, J: slot.out },
    scaling,
    io.beta,
    partials,
  );
  arena.release(mark);
}

/** A projection's whole backward pass: dX into `dx` (null: not needed), dA and dB into the adapter's arena. */
export function projectBackward(
  c: LayerContext,
  group: Group,
  module: TargetModule,
  io: { dy: Range; x: Range; h: Range | null; dx: Range | null; accumulate: boolean; beta: number },
  rows: Rows,
): void {
  const mark = c.arena.mark();
  const low = lowRankBackward(c, module, io.dy, rows);
  adapterGradients(c, group, low, io, rows);
  if (io.dx) inputGradient(c, module, low, { dy: io.dy, dx: io.dx, accumulate: io.accumulate }, rows);
  c.arena.release(mark);
}

/**
 * The half of a block in which every row is by itself, so that the last block can leave out rows nobody asks for:
 *
 *   mid = x + o_proj(o);  out = mid + down_proj(silu(gate_proj(z)) · up_proj(z)),  z = rmsNorm(mid)
 *
 * z and the MLP's hidden state are recomputed in the backward pass, not kept.
 */
import type { Range } from "../../gpu/buffers.ts";
import {
  ATTENTION_OUT,
  adapterGradients,
  inputGradient,
  type LayerContext,
  lowRankBackward,
  lowRankInput,
  MLP_IN,
  MLP_OUT,
  project,
  projectBackward,
  type Rows,
} from "./projection.ts";

/** What the backward pass reads again. */
export interface RowSaved {
  o: Range; // (M, NH·hs)
  mid: Range; // (M, C)
  rstd: Range; // (M)
  gate: Range; // (M, F)
  up: Range; // (M, F)
  h: { out: Range | null; mlp: Range | null; down: Range | null };
}

/** `out` (M, C) from the heads' outputs o (M, NH·hs) and the residual x (M, C). */
export function rowsForward(c: LayerContext, rows: Rows, o: Range, x: Range, out: Range): RowSaved {
  const { ops, config, weights, arena } = c;
  const { hidden_size: C, intermediate_size: F } = config;
  const { count, capacity } = rows;
  const mid = arena.words(capacity * C);
  const rstd = arena.words(capacity);
  const gate = arena.words(capacity * F);
  const up = arena.words(capacity * F);
  const z = arena.words(capacity * C);
  const act = arena.words(capacity * F);
  const hOut = lowRankInput(c, ATTENTION_OUT, o, rows);
  project(c, ATTENTION_OUT, "o_proj", { x: o, h: hOut, y: mid, add: x }, rows);
  ops.rmsNorm(mid, weights.postAttentionNorm, z, rstd, count, C, config.rms_norm_eps);
  const hMlp = lowRankInput(c, MLP_IN, z, rows);
  project(c, MLP_IN, "gate_proj", { x: z, h: hMlp, y: gate }, rows);
  project(c, MLP_IN, "up_proj", { x: z, h: hMlp, y: up }, rows);
  ops.swiGlu(gate, up, act, count * F);
  const hDown = lowRankInput(c, MLP_OUT, act, rows);
  project(c, MLP_OUT, "down_proj", { x: act, h: hDown, y: out, add: mid }, rows);
  return { o, mid, rstd, gate, up, h: { out: hOut, mlp: hMlp, down: hDown } };
}

/**
 * `dx` is the gradient of out and becomes that of the residual x; `dout` becomes that of o. Adds the adapter's gradients.
 * Uses up `saved`: gate and up become their gradients.
 */
export function rowsBackward(
  c: LayerContext,
  rows: Rows,
  saved: RowSaved,
  dx: Range,
  dout: Range,
  beta: number,
): void {
  const { ops, config, weights, arena } = c;
  const { hidden_size: C, intermediate_size: F } = config;
  const { count, capacity } = rows;
  const mark = arena.mark();
  const z = arena.words(capacity * C);
  const rstd = arena.words(capacity); // written once more by the recomputation
  const dz = arena.words(capacity * C);
  // First the gradient of the hidden state, then the hidden state itself, which dA of down_proj reads.
  const act = arena.words(capacity * F);
  const down = lowRankBackward(c, "down_proj", dx, rows);
  inputGradient(c, "down_proj", down, { dy: dx, dx: act, accumulate: false }, rows);
  ops.swiGluBackward(act, saved.gate, saved.up, count * F);
  adapterGradients(c, MLP_OUT, down, { dy: dx, x: act, h: saved.h.down, beta }, rows);
  ops.rmsNorm(saved.mid, weights.postAttentionNorm, z, rstd, count, C, config.rms_norm_eps);
  const mlp = { x: z, h: saved.h.mlp, dx: dz, beta };
  projectBackward(c, MLP_IN, "gate_proj", { ...mlp, dy: saved.gate, accumulate: false }, rows);
  projectBackward(c, MLP_IN, "up_proj", { ...mlp, dy: saved.up, accumulate: true }, rows);
  ops.rmsNormBackward(saved.mid, weights.postAttentionNorm, saved.rstd, dz, dx, count, C, true);
  projectBackward(
    c,
    ATTENTION_OUT,
    "o_proj",
    { dy: dx, x: saved.o, h: saved.h.out, dx: dout, accumulate: false, beta },
    rows,
  );
  arena.release(mark);
}

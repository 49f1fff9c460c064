/**
 * The half of a block in which every row is by itself, so that the last block can leave out rows nobody asks for:
 *
 *   mid = x + o_proj(o);  out = mid + down_proj(act(gate_proj(z)) · up_proj(z)),  z = rmsNorm(mid)
 *
 * with a norm on what o_proj and down_proj give, before it is added, where the family has one there. z and the MLP's hidden
 * state are recomputed in the backward pass, not kept.
 */
import type { Range } from "../../gpu/buffers.ts";
import {
  ATTENTION_OUT,
  adapterGradients,
  type Group,
  inputGradient,
  type LayerContext,
  lowRankBackward,
  lowRankInput,
  lowRankRoom,
  MLP_IN,
  MLP_OUT,
  project,
  projectBackward,
  type Rows,
} from "./projection.ts";

/** What a norm on a projection's output needs again. */
interface PostNorm {
  x: Range; // (M, C): the projection's output
  rstd: Range; // (M)
}

/** What the backward pass reads again. */
export interface RowSaved {
  o: Range; // (M, NH·hs)
  mid: Range; // (M, C)
  rstd: Range; // (M)
  gate: Range; // (M, F)
  up: Range; // (M, F)
  h: { out: Range | null; mlp: Range | null; down: Range | null };
  post: { out: PostNorm | null; down: PostNorm | null };
}

const postNormRoom = (c: LayerContext, norm: Range | undefined, rows: Rows): PostNorm | null =>
  norm
    ? { x: c.arena.words(rows.capacity * c.config.hidden_size), rstd: c.arena.words(rows.capacity) }
    : null;

/** y = add + module(x), or add + norm(module(x)). */
function projectOnto(
  c: LayerContext,
  group: Group,
  module: "o_proj" | "down_proj",
  io: { x: Range; h: Range | null; y: Range; add: Range },
  norm: Range | undefined,
  post: PostNorm | null,
  rows: Rows,
): void {
  const { hidden_size: C, rms_norm_eps } = c.config;
  if (norm && post) {
    project(c, group, module, { x: io.x, h: io.h, y: post.x }, rows);
    c.ops.rmsNorm(post.x, norm, io.y, post.rstd, rows.count, C, rms_norm_eps, io.add);
  } else project(c, group, module, io, rows);
}

/** The gradient of the module's output from that of the sum: the same range, or scratch behind a norm. */
function throughPostNorm(
  c: LayerContext,
  dy: Range,
  norm: Range | undefined,
  post: PostNorm | null,
  rows: Rows,
): Range {
  if (!norm || !post) return dy;
  const { hidden_size: C } = c.config;
  const dx = c.arena.words(rows.capacity * C);
  c.ops.rmsNormBackward(post.x, norm, post.rstd, dy, dx, rows.count, C, false);
  return dx;
}

/** `out` (M, C) from the heads' outputs o (M, NH·hs) and the residual x (M, C). */
export function rowsForward(c: LayerContext, rows: Rows, o: Range, x: Range, out: Range): RowSaved {
  const { ops, config, weights, arena } = c;
  const { hidden_size: C, intermediate_size: F } = config;
  const { norms } = weights;
  const { count, capacity } = rows;
  const mid = arena.words(capacity * C);
  const rstd = arena.words(capacity);
  const gate = arena.words(capacity * F);
  const up = arena.words(capacity * F);
  const h = {
    out: lowRankRoom(c, ATTENTION_OUT, rows),
    mlp: lowRankRoom(c, MLP_IN, rows),
    down: lowRankRoom(c, MLP_OUT, rows),
  };
  const post = {
    out: postNormRoom(c, norms.attentionOut, rows),
    down: postNormRoom(c, norms.mlpOut, rows),
  };
  const mark = arena.mark();
  const z = arena.words(capacity * C);
  const act = arena.words(capacity * F);
  lowRankInput(c, ATTENTION_OUT, o, h.out, rows);
  const onto = { x: o, h: h.out, y: mid, add: x };
  projectOnto(c, ATTENTION_OUT, "o_proj", onto, norms.attentionOut, post.out, rows);
  ops.rmsNorm(mid, norms.mlp, z, rstd, count, C, config.rms_norm_eps);
  lowRankInput(c, MLP_IN, z, h.mlp, rows);
  project(c, MLP_IN, "gate_proj", { x: z, h: h.mlp, y: gate }, rows);
  project(c, MLP_IN, "up_proj", { x: z, h: h.mlp, y: up }, rows);
  ops.glu(config.hidden_act, gate, up, act, count * F);
  lowRankInput(c, MLP_OUT, act, h.down, rows);
  const onMid = { x: act, h: h.down, y: out, add: mid };
  projectOnto(c, MLP_OUT, "down_proj", onMid, norms.mlpOut, post.down, rows);
  arena.release(mark);
  return { o, mid, rstd, gate, up, h, post };
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
  const { norms } = weights;
  const { count, capacity } = rows;
  const mark = arena.mark();
  const z = arena.words(capacity * C);
  const rstd = arena.words(capacity); // written once more by the recomputation
  const dz = arena.words(capacity * C);
  // First the gradient of the hidden state, then the hidden state itself, which dA of down_proj reads.
  const act = arena.words(capacity * F);
  const dDown = throughPostNorm(c, dx, norms.mlpOut, saved.post.down, rows);
  const down = lowRankBackward(c, "down_proj", dDown, rows);
  inputGradient(c, "down_proj", down, { dy: dDown, dx: act, accumulate: false }, rows);
  ops.gluBackward(config.hidden_act, act, saved.gate, saved.up, count * F);
  adapterGradients(c, MLP_OUT, down, { dy: dDown, x: act, h: saved.h.down, beta }, rows);
  ops.rmsNorm(saved.mid, norms.mlp, z, rstd, count, C, config.rms_norm_eps);
  const mlp = { x: z, h: saved.h.mlp, dx: dz, beta };
  projectBackward(c, MLP_IN, "gate_proj", { ...mlp, dy: saved.gate, accumulate: false }, rows);
  projectBackward(c, MLP_IN, "up_proj", { ...mlp, dy: saved.up, accumulate: true }, rows);
  ops.rmsNormBackward(saved.mid, norms.mlp, saved.rstd, dz, dx, count, C, true);
  projectBackward(
    c,
    ATTENTION_OUT,
    "o_proj",
    {
      dy: throughPostNorm(c, dx, norms.attentionOut, saved.post.out, rows),
      x: saved.o,
      h: saved.h.out,
      dx: dout,
      accumulate: false,
      beta,
    },
    rows,
  );
  arena.release(mark);
}

/** One block as a forward/backward pair: attention over all tokens, then the rest row by row. */
import type { Range } from "../../gpu/buffers.ts";
import {
  type AttentionSaved,
  attentionBackward,
  attentionForward,
  type LayerCache,
  type TokenTables,
} from "./attentionBlock.ts";
import type { LayerContext, Rows } from "./projection.ts";
import { type RowSaved, rowsBackward, rowsForward } from "./rowBlock.ts";

/** The rows that are wanted of the last block, and of each token the rows that came from it. */
export interface PickedRows {
  R: number;
  rowCapacity: number;
  rows: Range; // (R): tokens
  scatterOffsets: Range; // (T+1)
  scatterList: Range; // (R)
}

export interface LayerSaved {
  attention: AttentionSaved;
  rows: RowSaved;
}

const rowsOf = (t: TokenTables, picked: PickedRows | null): Rows =>
  picked ? { count: picked.R, capacity: picked.rowCapacity } : { count: t.T, capacity: t.capacity };

/** The block's output into `out`: (T, C), or (R, C) of the picked rows. */
export function layerForward(
  c: LayerContext,
  t: TokenTables,
  x: Range,
  out: Range,
  picked: PickedRows | null,
  cache: LayerCache | null = null,
): LayerSaved {
  const { num_attention_heads: NH, head_dim: hs, hidden_size: C } = c.config;
  const attention = attentionForward(c, t, x, cache);
  let { o } = attention;
  let residual = x;
  if (picked) {
    o = c.arena.words(picked.rowCapacity * NH * hs);
    residual = c.arena.words(picked.rowCapacity * C);
    c.ops.gatherRows(attention.o, picked.rows, o, picked.R, NH * hs);
    c.ops.gatherRows(x, picked.rows, residual, picked.R, C);
  }
  return { attention, rows: rowsForward(c, rowsOf(t, picked), o, residual, out) };
}

/**
 * From `dOut`, the gradient of the block's output, to `dx` (T, C), that of its input, and into the adapter's gradients
 * (`beta` 0 overwrites them: the first pack of an update). Without picked rows dOut and dx are one range. `needInput` false
 * leaves out what only the input needs. Uses up `saved` and dOut.
 */
export function layerBackward(
  c: LayerContext,
  t: TokenTables,
  saved: LayerSaved,
  picked: PickedRows | null,
  dOut: Range,
  dx: Range,
  beta: number,
  needInput: boolean,
): void {
  const { num_attention_heads: NH, head_dim: hs, hidden_size: C } = c.config;
  const { arena, ops } = c;
  const rows = rowsOf(t, picked);
  const mark = arena.mark();
  const dRows = arena.words(rows.capacity * NH * hs);
  rowsBackward(c, rows, saved.rows, dOut, dRows, beta);
  let dout = dRows;
  if (picked) {
    dout = arena.words(t.capacity * NH * hs);
    ops.scatterAddRows(dRows, picked.scatterOffsets, picked.scatterList, dout, t.T, NH * hs);
    ops.scatterAddRows(dOut, picked.scatterOffsets, picked.scatterList, dx, t.T, C);
  }
  attentionBackward(c, t, saved.attention, dout, needInput ? dx : null, beta);
  arena.release(mark);
}

/**
 * The kernels as the model calls them: one method a dispatch, shapes by name, the variant for this adapter and this weight
 * type already chosen.
 */

import { ceilDiv } from "../core/shape.ts";
import type { GemmVariants } from "../gpu/autotune.ts";
import { type Range, slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/device.ts";
import {
  attentionBackwardKvFor,
  attentionBackwardQFor,
  attentionDecodeFor,
  attentionFor,
} from "../gpu/kernels/attentionVariants.ts";
import { embed } from "../gpu/kernels/embed.ts";
import { gatherRows } from "../gpu/kernels/gatherRows.ts";
import { ACTIVATIONS, glu } from "../gpu/kernels/glu.ts";
import { gluBackward } from "../gpu/kernels/gluBackward.ts";
import { headTiles } from "../gpu/kernels/headLse.ts";
import { tnSplits, tnWords } from "../gpu/kernels/matmulTn.ts";
import { mergeLse } from "../gpu/kernels/mergeLse.ts";
import { rope } from "../gpu/kernels/rope.ts";
import { rmsNormBackwardFor, rmsNormFor } from "../gpu/kernels/rows.ts";
import { scatterAddRows } from "../gpu/kernels/scatterAddRows.ts";
import { storeRows } from "../gpu/kernels/storeRows.ts";
import { sumPartials } from "../gpu/kernels/sumPartials.ts";
import { type WeightType, weightWords, withWeights } from "../gpu/kernels/weightTypes.ts";

/** Rows of a matrix in one binding; `first` is a multiple of `SHARD_ROWS`. */
export interface Shard {
  range: Range;
  first: number;
  rows: number;
}

/** A frozen matrix (rows, cols) in its file's type: one shard, or several where it exceeds what a binding may have. */
export interface Matrix {
  shards: readonly Shard[];
  type: WeightType;
  rows: number;
  cols: number;
}

/** So that a shard's columns of an output start where a binding may, and its tiles of a head are whole. */
export const SHARD_ROWS = 64;

/**
 * Rows of a matrix that a software adapter works on at a time, where the other side has more than one tile: every sixteen of its
 * rows read all of them again. 49,152 rows of 576 in Q8_0 go 1.4 times as fast by 4,096 where they are summed over, which
 * costs the result to be read and written for each piece, and 1.2 times by 2,048 where they make its columns (lavapipe, a
 * core with 1 MiB of cache).
 */
const SUMMED_ROWS = 4096;
const COLUMN_ROWS = 2048;
const TILE_ROWS = 16;

/** An f32 matrix in one binding. */
export const matrixOf = (range: Range, rows: number, cols: number): Matrix => ({
  shards: [{ range, first: 0, rows }],
  type: "F32",
  rows,
  cols,
});

/** The low-rank term of a product: `scale · left · factor`. */
export interface LowRank {
  left: Range; // H (M, ld) forward, G (M, ld) backward
  offset: number; // column of `left`
  ld: number;
  factor: Range; // B (N, rank) forward, A (rank, K) backward
  rank: number;
  scale: number;
}

export interface HeadShape {
  NH: number;
  NKV: number;
  hs: number;
  scale: number; // of q·k
}

export type Activation = keyof typeof ACTIVATIONS;

export class Ops {
  readonly gpu: Gpu;
  readonly shape: HeadShape;
  readonly #gemm: GemmVariants;
  readonly #attention;
  readonly #attentionDecode;
  readonly #attentionBackwardQ;
  readonly #attentionBackwardKv;
  readonly #rmsNorm;
  readonly #rmsNormBackward;

  constructor(gpu: Gpu, gemm: GemmVariants, shape: HeadShape) {
    this.gpu = gpu;
    this.shape = shape;
    this.#gemm = gemm;
    this.#attention = attentionFor(gpu, shape.hs);
    this.#attentionDecode = attentionDecodeFor(gpu, shape.hs);
    this.#attentionBackwardQ = attentionBackwardQFor(gpu, shape.hs);
    this.#attentionBackwardKv = attentionBackwardKvFor(gpu, shape.hs);
    this.#rmsNorm = rmsNormFor(gpu);
    this.#rmsNormBackward = rmsNormBackwardFor(gpu);
  }

  /**
   * y (M, N) = x (M, K) · wᵀ + low-rank term; `add` adds another range or, when it is y itself, accumulates; `bias` (N) is
   * added to every row instead.
   */
  matmulNt(
    x: Range,
    w: Matrix,
    y: Range,
    M: number,
    options: { lowRank?: LowRank | null; add?: Range | null; bias?: Range | null; ldy?: number } = {},
  ): void {
    const { lowRank, bias, add = bias, ldy = w.rows } = options;
    const kernel = this.#gemm.matmulNt(M, w.type);
    for (const { range, first, rows } of M > TILE_ROWS ? this.#pieces(w, COLUMN_ROWS) : w.shards) {
      this.gpu.run(
        kernel,
        {
          x,
          w: range,
          y: from(y, first),
          h: lowRank?.left ?? this.gpu.unused(0),
          b: lowRank ? from(lowRank.factor, first * lowRank.rank) : this.gpu.unused(1),
          r: add && add !== y ? from(add, first) : this.gpu.unused(2),
        },
        {
          M,
          N: rows,
          K: w.cols,
          ldx: w.cols,
          ldw: w.cols,
          ldh: lowRank?.ld ?? 4,
          hOffset: lowRank?.offset ?? 0,
          ldb: lowRank?.rank ?? 4,
          ldr: bias ? 0 : w.rows,
          ldy,
          rank: lowRank?.rank ?? 0,
          mode: modeOf(add, y),
          scale: lowRank?.scale ?? 0,
        },
      );
    }
  }

  /** dx (M, K) = dy (M, N) · w + low-rank term; `add` as in `matmulNt`. */
  matmulNn(
    dy: Range,
    w: Matrix,
    dx: Range,
    M: number,
    options: { lowRank?: LowRank | null; add?: Range | null; lddy?: number } = {},
  ): void {
    const { lowRank, add, lddy = w.rows } = options;
    const kernel = this.#gemm.matmulNn(M, w.type);
    for (const { range, first, rows } of this.#pieces(w, SUMMED_ROWS)) {
      const low = first === 0 ? lowRank : null; // once; what follows the first piece adds to it
      const base = first === 0 ? add : dx;
      this.gpu.run(
        kernel,
        {
          dy: from(dy, first),
          w: range,
          dx,
          g: low?.left ?? this.gpu.unused(0),
          a: low?.factor ?? this.gpu.unused(1),
          r: base && base !== dx ? base : this.gpu.unused(2),
        },
        {
          M,
          N: rows,
          K: w.cols,
          lddy,
          ldw: w.cols,
          ldg: low?.ld ?? 4,
          gOffset: low?.offset ?? 0,
          lda: w.cols,
          ldr: w.cols,
          lddx: w.cols,
          rank: low?.rank ?? 0,
          mode: modeOf(base, dx),
          scale: low?.scale ?? 0,
        },
      );
    }
  }

  /** The shards of a matrix, on software adapters in pieces of at most so many rows, which stay in a core's cache. */
  #pieces(w: Matrix, most: number): Shard[] {
    if (!this.gpu.info.isFallbackAdapter) return [...w.shards];
    return w.shards.flatMap(({ range, first, rows }) =>
      Array.from({ length: ceilDiv(rows, most) }, (_, i) => {
        const start = i * most;
        const size = Math.min(most, rows - start);
        const words = (count: number) => weightWords(w.type, count * w.cols);
        return { range: slice(range, 4 * words(start), 4 * words(size)), first: first + start, rows: size };
      }),
    );
  }

  /**
   * out[i·si + j·sj] = scale · Σ_m p[m, pOffset + i] · q[m, j] (+ out with beta 1), i < I, j < J: LoRA's gradients.
   * `partials` is scratch of `partialWords(M, I, J)`; I beyond the kernel's 64 goes in several dispatches.
   */
  matmulTn(
    p: { range: Range; ld: number; offset: number },
    q: { range: Range; ld: number },
    out: { range: Range; si: number; sj: number },
    size: { M: number; I: number; J: number },
    scale: number,
    beta: number,
    partials: Range,
  ): void {
    const { M, J } = size;
    for (let i = 0; i < size.I; i += 64) {
      const I = Math.min(64, size.I - i);
      const kernel = this.#gemm.matmulTn;
      this.gpu.run(
        kernel,
        { p: p.range, q: q.range, partials },
        { M, I, J, ldp: p.ld, ldq: q.ld, pOffset: p.offset + i, qOffset: 0 },
      );
      this.gpu.run(
        sumPartials,
        { partials, out: out.range },
        { splits: tnSplits(M), I, J, si: out.si, sj: out.sj, outOffset: i * out.si, scale, beta },
      );
    }
  }

  /** Words of scratch that `matmulTn` needs. */
  partialWords(M: number, I: number, J: number): number {
    return tnWords(M, Math.min(64, I), J);
  }

  /** Log-probability of the targets after rows x (R, C); logits are never stored. `scratch` of `headWords`. */
  headLogprobs(
    x: Range,
    w: Matrix,
    targets: Range,
    logprob: Range,
    R: number,
    scratch: { partials: Range; targetLogit: Range },
  ): void {
    const tiles = headTiles(w.rows);
    const { partials, targetLogit } = scratch;
    const kernel = this.#gemm.headLse(R, w.type);
    for (const { range, first, rows } of w.shards) {
      this.gpu.run(
        kernel,
        { x, w: range, targets, partials, targetLogit },
        {
          R,
          V: rows,
          C: w.cols,
          ldx: w.cols,
          ldw: w.cols,
          vFirst: first,
          tileFirst: headTiles(first),
          tiles,
        },
      );
    }
    this.gpu.run(mergeLse, { partials, targetLogit, targets, logprob }, { R, tiles });
  }

  /** Words of the partials of `headLogprobs`. */
  headWords(R: number, V: number): number {
    return R * headTiles(V) * 2;
  }

  /** y (T, C) = rmsNorm(x) · weight, on top of `add` where it is given; rstd (T). */
  rmsNorm(
    x: Range,
    weight: Range,
    y: Range,
    rstd: Range,
    T: number,
    C: number,
    eps: number,
    add: Range | null = null,
  ): void {
    const r = add ?? this.gpu.unused(0);
    this.gpu.run(this.#rmsNorm, { x, weight, y, rstd, r }, { T, C, eps, mode: add ? 2 : 0 });
  }

  /** dx = (or, with `accumulate`, +=) the gradient of rmsNorm's input. */
  rmsNormBackward(
    x: Range,
    weight: Range,
    rstd: Range,
    dy: Range,
    dx: Range,
    T: number,
    C: number,
    accumulate: boolean,
  ): void {
    this.gpu.run(this.#rmsNormBackward, { x, weight, rstd, dy, dx }, { T, C, mode: accumulate ? 1 : 0 });
  }

  /** Rotates NH heads of x (T, NH·hs) by their positions; sign −1 undoes it. */
  rope(x: Range, positions: Range, table: Range, T: number, NH: number, sign: 1 | -1): void {
    const { hs } = this.shape;
    this.gpu.run(rope, { x, positions, table }, { T, NH, hs, ldx: NH * hs, sign });
  }

  /** `decode`: the queries are single tokens, each with keys of its own in a cache. */
  attention(
    { q, k, v, spans, o, stats }: Record<"q" | "k" | "v" | "spans" | "o" | "stats", Range>,
    T: number,
    decode: boolean,
  ): void {
    const kernel = decode ? this.#attentionDecode : this.#attention;
    this.gpu.run(kernel, { q, k, v, spans, o, stats }, this.#attentionParams(T));
  }

  attentionBackward(
    s: {
      q: Range;
      k: Range;
      v: Range;
      o: Range;
      dout: Range;
      stats: Range;
      spans: Range;
      reach: Range;
      dq: Range;
      dk: Range;
      dv: Range;
    },
    T: number,
  ): void {
    const { q, k, v, o, dout, stats, spans, reach, dq, dk, dv } = s;
    const params = this.#attentionParams(T);
    this.gpu.run(this.#attentionBackwardQ, { q, k, v, o, dout, stats, spans, dq }, params); // writes delta into stats
    this.gpu.run(this.#attentionBackwardKv, { q, k, v, dout, stats, reach, dk, dv }, params);
  }

  #attentionParams(T: number) {
    const { NH, NKV, hs, scale } = this.shape;
    return { T, NH, NKV, hs, ldq: NH * hs, ldkv: NKV * hs, scale };
  }

  glu(act: Activation, gate: Range, up: Range, h: Range, n: number): void {
    this.gpu.run(glu, { gate, up, h }, { n, ...ACTIVATIONS[act] });
  }

  /** In place: (dh, gate, up) become (h, dgate, dup). */
  gluBackward(act: Activation, dh: Range, gate: Range, up: Range, n: number): void {
    this.gpu.run(gluBackward, { dh, gate, up }, { n, ...ACTIVATIONS[act] });
  }

  embed(table: Matrix, ids: Range, x: Range, T: number, scale: number): void {
    for (const { range, first, rows } of table.shards) {
      this.gpu.run(
        withWeights(embed, table.type),
        { ids, w: range, x },
        { T, C: table.cols, ldw: table.cols, firstRow: first, rows, scale },
      );
    }
  }

  gatherRows(x: Range, rows: Range, y: Range, R: number, C: number): void {
    this.gpu.run(gatherRows, { x, rows, y }, { R, C });
  }

  scatterAddRows(x: Range, offsets: Range, list: Range, y: Range, T: number, C: number): void {
    this.gpu.run(scatterAddRows, { x, offsets, list, y }, { T, C });
  }

  storeRows(x: Range, rows: Range, y: Range, R: number, C: number): void {
    this.gpu.run(storeRows, { x, rows, y }, { R, C });
  }
}

const modeOf = (add: Range | null | undefined, target: Range): number => (!add ? 0 : add === target ? 1 : 2);

/** What lies behind the first `words` of a range. */
const from = (range: Range, words: number): Range =>
  words === 0 ? range : slice(range, 4 * words, range.size - 4 * words);

/**
 * The decoder on packed tokens: embedding, blocks, final norm and head, forward and backward. Scratch memory is taken and
 * given back in stack order; what a caller keeps across calls it marks itself.
 */
import { LabError } from "../core/errors.ts";
import { ceilDiv, roundUp } from "../core/shape.ts";
import type { GemmVariants } from "../gpu/autotune.ts";
import { Arena, type Range, slice } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/device.ts";
import { crossEntropy } from "../gpu/kernels/crossEntropy.ts";
import { klTop } from "../gpu/kernels/klTop.ts";
import { withRows } from "../gpu/kernels/rows.ts";
import type { LoraAdapter, TrainableAdapter } from "./adapter.ts";
import type { LayerCache, TokenTables } from "./layers/attentionBlock.ts";
import { type LayerSaved, layerBackward, layerForward, type PickedRows } from "./layers/decoderLayer.ts";
import type { LayerContext } from "./layers/projection.ts";
import { type LayerType, type ModelConfig, ropeTable } from "./modelConfig.ts";
import { Ops } from "./ops.ts";
import type { Mask, Pack } from "./pack.ts";
import type { ModelWeights } from "./weights.ts";

/** Rows are laid out in steps of 64 so that any of them can start a binding. */
export const ROW_STEP = 64;
/** How much is worked on at a time: what memory allows (memory.ts chooses). Results do not depend on it, beyond rounding. */
export interface WorkLimits {
  gradient_checkpointing: boolean;
  scoreTokens: number; // of one scoring or prompt pack: enough to keep every kernel busy
  savedBytes: number; // that the backward pass reads again; more tokens than fit are scored first and recomputed pack by pack
  logitBytes: number; // of one chunk of stored logits (kernels.md §8)
  cacheBytes: number; // keys and values of one generation batch
}

/** For models so small that memory is no question. */
export const AMPLE: WorkLimits = {
  gradient_checkpointing: false,
  scoreTokens: 2048,
  savedBytes: 160 << 20,
  logitBytes: 64 << 20,
  cacheBytes: 96 << 20,
};

/** What a forward pass reads of a pack; ranges have room for `capacity` tokens. */
export interface ForwardPack extends TokenTables {
  ids: Range;
  local: Pick<TokenTables, "spans" | "reach"> | null; // what sliding layers see instead; null: the same
}

/** A pack's tables on the GPU, the rows that predict something included. */
export interface DevicePack extends ForwardPack, PickedRows {
  targets: Range;
}

/** Soft targets of a pack's rows, by row; where a row has none, its weight is 0. */
export interface SoftTargets {
  count: number;
  tableRow: number; // the first row that the next two have, a multiple of 64; those before have no teacher
  ids: Range; // (R − tableRow, count)
  logprobs: Range; // (R − tableRow, count), the teacher's
  weight: Range; // (R) dL/dKL
  kl: Range; // (R), measured
  hard: readonly boolean[]; // of every 64 rows: whether some are trained by their targets
  soft: readonly boolean[]; // of every 64 rows: whether some have a teacher
}

/** What a forward pass for training leaves for the backward pass. */
export interface Saved {
  layers: (LayerSaved | null)[]; // null: recomputed from `inputs` (gradient checkpointing)
  inputs: Range[]; // (T, C) of every block
  rowsIn: Range; // (R, C) of the last block, before the final norm
  rowsRstd: Range;
  rowsOut: Range; // (R, C) after it
}

/** Sizes in few classes (steps of a quarter octave), so that ranges and bind groups recur. */
export function capacityOf(n: number): number {
  if (n <= ROW_STEP) return ROW_STEP;
  const step = 2 ** Math.max(4, Math.floor(Math.log2(n - 1)) - 2);
  return roundUp(roundUp(n, step), ROW_STEP);
}

export class Decoder {
  readonly gpu: Gpu;
  readonly config: ModelConfig;
  readonly weights: ModelWeights;
  readonly ops: Ops;
  readonly arena: Arena; // activations
  readonly tables: Arena; // ids, spans and their like
  limits: WorkLimits; // may change between calls
  readonly #ropeTables = new Map<LayerType, Range>();
  #ropePositions = 0;

  constructor(gpu: Gpu, config: ModelConfig, weights: ModelWeights, gemm: GemmVariants, limits: WorkLimits) {
    this.gpu = gpu;
    this.config = config;
    this.weights = weights;
    this.limits = limits;
    this.ops = new Ops(gpu, gemm, {
      NH: config.num_attention_heads,
      NKV: config.num_key_value_heads,
      hs: config.head_dim,
      scale: config.attention_scale,
    });
    this.arena = new Arena(gpu, "activations", 8 << 20);
    this.tables = new Arena(gpu, "tables", 1 << 20);
  }

  /**
   * Bytes that a token, if it predicts something, keeps from the forward to the backward pass (kernels.md §9); with
   * checkpointing, one block's share is what its recomputation takes.
   */
  savedBytesPerToken(adapter: LoraAdapter | null): number {
    const { hidden_size: C, intermediate_size: F, num_attention_heads: NH, ...c } = this.config;
    const q = NH * c.head_dim;
    const kv = c.num_key_value_heads * c.head_dim;
    const lowRank = 7 * (adapter?.rank ?? 0);
    const postNorms = c.post_norms ? 2 * C + 2 : 0;
    const block = 2 * C + 2 + 2 * (q + kv + F + NH) + lowRank + postNorms;
    const ends = 3 * C + 1 + q; // embedding, final norm, and the rows picked for the last block
    const blocks = this.limits.gradient_checkpointing
      ? c.num_hidden_layers * C + block
      : c.num_hidden_layers * block;
    return 4 * (blocks + ends);
  }

  /** Grows the rotation tables to cover `positions`. @throws LabError bad-shape beyond max_position_embeddings */
  ropeFor(positions: number): void {
    const limit = this.config.max_position_embeddings;
    if (positions > limit) {
      throw new LabError(
        "bad-shape",
        `a sequence of ${positions} tokens exceeds the model's ${limit} positions; shorten the passages, take fewer of them or cut the question`,
      );
    }
    if (positions <= this.#ropePositions) return;
    this.#freeRope();
    this.#ropePositions = Math.min(limit, capacityOf(Math.max(positions, 512)));
    for (const type of new Set(this.config.layer_types)) {
      const table = ropeTable(this.config, this.#ropePositions, type);
      this.#ropeTables.set(type, this.gpu.upload(table, `rope table, ${type}`));
    }
  }

  #freeRope(): void {
    for (const table of this.#ropeTables.values()) this.gpu.free(table);
    this.#ropeTables.clear();
  }

  /** Puts a pack's tables on the GPU, into `this.tables`. @throws LabError bad-shape for an id outside the vocabulary */
  upload(pack: Pack): DevicePack {
    const { vocab_size } = this.config;
    for (const id of [...pack.ids, ...pack.targets]) {
      if (id >= vocab_size)
        throw new LabError(
          "bad-shape",
          `token id ${id} is outside the model's vocabulary of ${vocab_size}: is this the model's own tokenizer?`,
        );
    }
    this.ropeFor(1 + pack.positions.reduce((a, b) => Math.max(a, b), 0));
    const capacity = capacityOf(pack.T);
    const rowCapacity = capacityOf(Math.max(1, pack.R));
    const { offsets, list } = inverse(pack);
    const put = (data: Uint32Array<ArrayBuffer>, words: number) => {
      const range = this.tables.words(words);
      if (data.length > 0) this.gpu.write(range, data);
      return range;
    };
    const mask = ({ spans, reach }: Mask) => ({
      spans: put(spans, capacity * 4),
      reach: put(reach, capacity),
    });
    return {
      T: pack.T,
      R: pack.R,
      capacity,
      rowCapacity,
      ids: put(pack.ids, capacity),
      positions: put(pack.positions, capacity),
      ...mask(pack),
      local: pack.local && mask(pack.local),
      rows: put(pack.rows, rowCapacity),
      targets: put(pack.targets, rowCapacity),
      scatterOffsets: put(offsets, capacity + ROW_STEP),
      scatterList: put(list, rowCapacity),
    };
  }

  #layer(layer: number, adapter: LoraAdapter | null): LayerContext {
    const { ops, config, weights, arena } = this;
    return {
      ops,
      config,
      layer,
      weights: weights.layers[layer]!,
      adapter,
      ropeTable: this.#ropeTables.get(config.layer_types[layer]!)!,
      arena,
    };
  }

  /** The pack as a layer sees it. */
  #seen<P extends ForwardPack>(layer: number, pack: P): P {
    const slides = this.config.layer_types[layer] === "sliding_attention";
    return slides && pack.local ? { ...pack, ...pack.local } : pack;
  }

  /** The rows that the last block is asked for; every other block gives all tokens. */
  #picked(layer: number, rows: PickedRows | null): PickedRows | null {
    return layer === this.config.num_hidden_layers - 1 ? rows : null;
  }

  /**
   * The last block's output, in scratch that the caller's mark covers: (R, C) of `picked`, or (T, C) without. With `saved`,
   * everything the backward pass needs is kept there; without, a block's scratch is given back as soon as the next begins.
   */
  forward(
    pack: ForwardPack,
    picked: PickedRows | null,
    adapter: LoraAdapter | null,
    saved: Saved | null,
    cache: readonly LayerCache[] | null = null,
  ): Range {
    const { arena, ops, config } = this;
    const C = config.hidden_size;
    const width = Math.max(pack.capacity, picked?.rowCapacity ?? 0) * C;
    let x = arena.words(width);
    ops.embed(this.weights.embedding, pack.ids, x, pack.T, config.embedding_scale);
    let spare = saved ? null : arena.words(width);
    for (let l = 0; l < config.num_hidden_layers; l++) {
      const out: Range = spare ?? arena.words(width);
      const mark = arena.mark();
      const kept = layerForward(
        this.#layer(l, adapter),
        this.#seen(l, pack),
        x,
        out,
        this.#picked(l, picked),
        cache?.[l] ?? null,
      );
      const keepLayer = saved !== null && !this.limits.gradient_checkpointing;
      if (!keepLayer) arena.release(mark);
      saved?.layers.push(keepLayer ? kept : null);
      saved?.inputs.push(x);
      spare = saved ? null : x;
      x = out;
    }
    return x;
  }

  /** The rows that predict something, through blocks and final norm: (R, C). */
  forwardRows(
    pack: DevicePack,
    adapter: LoraAdapter | null,
    saved: Saved | null,
    cache: readonly LayerCache[] | null = null,
  ): Range {
    const { arena, ops, config } = this;
    const C = config.hidden_size;
    const rowsIn = this.forward(pack, pack, adapter, saved, cache);
    const rowsRstd = arena.words(pack.rowCapacity);
    const rowsOut = arena.words(pack.rowCapacity * C);
    ops.rmsNorm(rowsIn, this.weights.norm, rowsOut, rowsRstd, pack.R, C, config.rms_norm_eps);
    if (saved) Object.assign(saved, { rowsIn, rowsRstd, rowsOut });
    return rowsOut;
  }

  /** Log-probability of every row's target. */
  headLogprobs(pack: DevicePack, rows: Range, logprob: Range): void {
    const { arena, ops } = this;
    const mark = arena.mark();
    const scratch = {
      partials: arena.words(ops.headWords(pack.rowCapacity, this.config.vocab_size)),
      targetLogit: arena.words(pack.rowCapacity),
    };
    ops.headLogprobs(rows, this.weights.head, pack.targets, logprob, pack.R, scratch);
    arena.release(mark);
  }

  /** Row length of stored logits: the vocabulary rounded up to a multiple of 4. */
  get logitStride(): number {
    return roundUp(this.config.vocab_size, 4);
  }

  /** Rows whose logits fit the memory for them, a multiple of 64. */
  get logitRows(): number {
    const budget = Math.min(this.limits.logitBytes, this.gpu.maxBindingBytes);
    return Math.max(ROW_STEP, Math.floor(budget / (4 * this.logitStride) / ROW_STEP) * ROW_STEP);
  }

  /** Chunks of rows small enough for stored logits: [first, count]. */
  rowChunks(R: number): [number, number][] {
    const size = this.logitRows;
    return Array.from({ length: ceilDiv(R, size) }, (_, i) => [i * size, Math.min(size, R - i * size)]);
  }

  /** Logits (count, stride) of rows first … first+count−1. */
  logits(rows: Range, first: number, count: number, out: Range): void {
    const C = this.config.hidden_size;
    const from = slice(rows, first * C * 4, rows.size - first * C * 4);
    this.ops.matmulNt(from, this.weights.head, out, count, { ldy: this.logitStride });
  }

  /** Stored logits of a chunk of rows at a time. */
  #chunkWords(pack: DevicePack): number {
    return Math.min(this.logitRows, pack.rowCapacity) * this.logitStride;
  }

  #klTop(soft: SoftTargets, logits: Range, first: number, count: number, mode: 0 | 1): void {
    const { count: top, tableRow, ids, logprobs: teacher, weight, kl } = soft;
    this.gpu.run(
      withRows(this.gpu, klTop),
      { logits, ids, teacher, weight, kl },
      {
        R: count,
        V: this.config.vocab_size,
        ld: this.logitStride,
        count: top,
        rowOffset: first,
        tableRow,
        mode,
      },
    );
  }

  /** Measures the divergence from the soft targets, without a gradient. */
  divergence(pack: DevicePack, rows: Range, soft: SoftTargets): void {
    const { arena } = this;
    const mark = arena.mark();
    const logits = arena.words(this.#chunkWords(pack));
    for (const [first, count, kind] of this.#targetChunks(pack.R, soft)) {
      if (!kind.soft) continue;
      this.logits(rows, first, count, logits);
      this.#klTop(soft, logits, first, count, 0);
    }
    arena.release(mark);
  }

  /**
   * The gradient of the loss by the rows' final norm output: (R, C). `weight` is −dL/dlogp per row; with soft targets their
   * divergence counts too. Both are measured on the way, `logprob` where a block of rows is trained by its targets.
   */
  headGradient(
    pack: DevicePack,
    rows: Range,
    weight: Range,
    logprob: Range,
    soft: SoftTargets | null = null,
  ): Range {
    const { arena, gpu, config } = this;
    const dRows = arena.words(pack.rowCapacity * config.hidden_size);
    const mark = arena.mark();
    const logits = arena.words(this.#chunkWords(pack));
    for (const [first, count, kind] of this.#targetChunks(pack.R, soft)) {
      const hard = kind.hard || !kind.soft; // rows without any weight get a gradient too: 0
      if (hard) {
        this.logits(rows, first, count, logits);
        gpu.run(
          withRows(gpu, crossEntropy),
          { logits, targets: pack.targets, weight, logprob },
          { R: count, V: config.vocab_size, ld: this.logitStride, rowOffset: first },
        );
        this.#logitGradientToRows(logits, first, count, dRows, false);
      }
      if (soft && kind.soft) {
        this.logits(rows, first, count, logits);
        this.#klTop(soft, logits, first, count, 1);
        this.#logitGradientToRows(logits, first, count, dRows, hard);
      }
    }
    arena.release(mark);
    return dRows;
  }

  /** Chunks of rows small enough for stored logits, each of one kind throughout. */
  #targetChunks(R: number, soft: SoftTargets | null): [number, number, { hard: boolean; soft: boolean }][] {
    const kindAt = (row: number) => ({
      hard: soft?.hard[row / ROW_STEP] ?? true,
      soft: soft?.soft[row / ROW_STEP] ?? false,
    });
    const chunks: [number, number, { hard: boolean; soft: boolean }][] = [];
    for (let first = 0; first < R; ) {
      const kind = kindAt(first);
      const most = Math.min(R, first + this.logitRows);
      let end = first + ROW_STEP;
      while (end < most && kindAt(end).hard === kind.hard && kindAt(end).soft === kind.soft) end += ROW_STEP;
      end = Math.min(end, most);
      chunks.push([first, end - first, kind]);
      first = end;
    }
    return chunks;
  }

  /** dRows[first …] = (or, with `accumulate`, +=) dLogits · head. */
  #logitGradientToRows(logits: Range, first: number, count: number, dRows: Range, accumulate: boolean): void {
    const C = this.config.hidden_size;
    const dx = slice(dRows, first * C * 4, dRows.size - first * C * 4);
    this.ops.matmulNn(logits, this.weights.head, dx, count, {
      lddy: this.logitStride,
      add: accumulate ? dx : null,
    });
  }

  /** From the gradient of the rows back through every block, into the adapter's gradients (`beta` 0 overwrites them). */
  backward(pack: DevicePack, adapter: TrainableAdapter, saved: Saved, dRows: Range, beta: number): void {
    const { arena, ops, config } = this;
    const C = config.hidden_size;
    const mark = arena.mark();
    const dRowsIn = arena.words(pack.rowCapacity * C);
    const dx = arena.words(pack.capacity * C);
    ops.rmsNormBackward(saved.rowsIn, this.weights.norm, saved.rowsRstd, dRows, dRowsIn, pack.R, C, false);
    for (let l = config.num_hidden_layers - 1; l >= 0; l--) {
      const inner = arena.mark();
      const context = this.#layer(l, adapter);
      const seen = this.#seen(l, pack);
      const picked = this.#picked(l, pack);
      const width = Math.max(pack.capacity, pack.rowCapacity) * C;
      // Recomputed with the same kernels from the same input: the same bits as the first time.
      const kept =
        saved.layers[l] ?? layerForward(context, seen, saved.inputs[l]!, arena.words(width), picked);
      layerBackward(context, seen, kept, picked, picked ? dRowsIn : dx, dx, beta, l > 0);
      arena.release(inner);
    }
    arena.release(mark);
  }

  /** Gives memory back that nobody holds: where less is worked on at a time from now on. */
  trim(): void {
    this.gpu.submit();
    this.arena.destroy();
    this.tables.destroy();
  }

  destroy(): void {
    this.arena.destroy();
    this.tables.destroy();
    this.#freeRope();
  }
}

/** An empty `Saved` for `forwardRows` to fill. */
export const newSaved = (): Saved => ({ layers: [], inputs: [] }) as unknown as Saved;

/** Which rows came from each token: offsets (T+1) and the rows in order. A shared context's last token has several. */
function inverse(pack: Pack): { offsets: Uint32Array<ArrayBuffer>; list: Uint32Array<ArrayBuffer> } {
  const offsets = new Uint32Array(pack.T + 1);
  for (const t of pack.rows) offsets[t + 1]!++;
  for (let t = 0; t < pack.T; t++) offsets[t + 1]! += offsets[t]!;
  const next = offsets.slice();
  const list = new Uint32Array(pack.R);
  pack.rows.forEach((t, row) => {
    list[next[t]!++] = row;
  });
  return { offsets, list };
}

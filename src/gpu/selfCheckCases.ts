/** Small data for every kernel and what the references make of it: the table of `selfCheck`, loaded with it. */
import { uniformAt } from "../core/rng.ts";
import { roundUp } from "../core/shape.ts";
import type { Kernel } from "./kernel.ts";
import { adamw } from "./kernels/adamw.ts";
import { advanceDecode } from "./kernels/advanceDecode.ts";
import { attention } from "./kernels/attention.ts";
import { attentionBackwardKv } from "./kernels/attentionBackwardKv.ts";
import { attentionBackwardQ } from "./kernels/attentionBackwardQ.ts";
import { crossEntropy } from "./kernels/crossEntropy.ts";
import { embed } from "./kernels/embed.ts";
import { gatherRows } from "./kernels/gatherRows.ts";
import { glu } from "./kernels/glu.ts";
import { gluBackward } from "./kernels/gluBackward.ts";
import { gradNorm, gradNormPartials } from "./kernels/gradNorm.ts";
import { gradNormSum } from "./kernels/gradNormSum.ts";
import { HEAD_TILE, headLse, headTiles } from "./kernels/headLse.ts";
import { klRows } from "./kernels/klRows.ts";
import { klTop } from "./kernels/klTop.ts";
import { matmulNn } from "./kernels/matmulNn.ts";
import { matmulNt } from "./kernels/matmulNt.ts";
import { matmulTn, TN_ROWS, tnWords } from "./kernels/matmulTn.ts";
import { mergeLse } from "./kernels/mergeLse.ts";
import { rmsNorm } from "./kernels/rmsNorm.ts";
import { rmsNormBackward } from "./kernels/rmsNormBackward.ts";
import { rope } from "./kernels/rope.ts";
import { sampleToken } from "./kernels/sampleToken.ts";
import { scatterAddRows } from "./kernels/scatterAddRows.ts";
import { storeRows } from "./kernels/storeRows.ts";
import { sumPartials } from "./kernels/sumPartials.ts";
import { topTokens } from "./kernels/topTokens.ts";
import { rowMultiple, type WeightType } from "./kernels/weightTypes.ts";
import { randomWeights } from "./randomWeights.ts";
import { adamwReference } from "./reference/adamw.ts";
import { advanceDecodeReference } from "./reference/advanceDecode.ts";
import { attentionReference } from "./reference/attention.ts";
import { attentionBackwardKvReference } from "./reference/attentionBackwardKv.ts";
import { attentionBackwardQReference } from "./reference/attentionBackwardQ.ts";
import { crossEntropyReference } from "./reference/crossEntropy.ts";
import { embedReference } from "./reference/embed.ts";
import { gatherRowsReference } from "./reference/gatherRows.ts";
import { gluReference } from "./reference/glu.ts";
import { gluBackwardReference } from "./reference/gluBackward.ts";
import { gradNormReference } from "./reference/gradNorm.ts";
import { gradNormSumReference } from "./reference/gradNormSum.ts";
import { headLseReference } from "./reference/headLse.ts";
import { klRowsReference } from "./reference/klRows.ts";
import { klTopReference } from "./reference/klTop.ts";
import { matmulNnReference } from "./reference/matmulNn.ts";
import { matmulNtReference } from "./reference/matmulNt.ts";
import { matmulTnReference } from "./reference/matmulTn.ts";
import { mergeLseReference } from "./reference/mergeLse.ts";
import { rmsNormReference } from "./reference/rmsNorm.ts";
import { rmsNormBackwardReference } from "./reference/rmsNormBackward.ts";
import { ropeReference } from "./reference/rope.ts";
import { sampleTokenReference } from "./reference/sampleToken.ts";
import { scatterAddRowsReference } from "./reference/scatterAddRows.ts";
import { storeRowsReference } from "./reference/storeRows.ts";
import { sumPartialsReference } from "./reference/sumPartials.ts";
import { topTokensReference } from "./reference/topTokens.ts";

export type CheckData = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

export interface CheckCase {
  kernel: Kernel;
  data: Readonly<Record<string, CheckData>>; // by binding; outputs as they are before
  params: Readonly<Record<string, number>>;
  want: Readonly<Record<string, ArrayLike<number>>>; // outputs as they should be after
}

function check<B extends string, P extends string>(
  kernel: Kernel<B, P>,
  data: Record<B, CheckData>,
  params: Record<P, number>,
  want: { [binding in B]?: ArrayLike<number> },
): CheckCase {
  return { kernel: kernel as unknown as Kernel, data, params, want: want as CheckCase["want"] };
}

/** n numbers in [−scale, scale), the same for the same seed. */
const random = (n: number, seed: number, scale = 1) =>
  Float32Array.from({ length: n }, (_, i) => scale * (2 * uniformAt(seed, "probe", i) - 1));
const empty = (n: number) => new Float32Array(n);
const indices = (n: number, of: (i: number) => number) => Uint32Array.from({ length: n }, (_, i) => of(i));
const pairs = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Float32Array.from({ length: 2 * a.length }, (_, i) => (i % 2 === 0 ? a : b)[i >> 1]!);
const NONE = 0xffffffff;

/** A case for every kernel, with f32 weights. */
export const checkCases = (): CheckCase[] => [
  ...rowCases(),
  ...weightCases("F32"),
  ...adapterCases(),
  ...attentionCases(32),
  ...lossCases(),
  ...optimiserCases(),
  ...decodingCases(),
];

/** What reads the model's weights, on weights of this type; the kernels are those for f32, to be given to `withWeights`. */
export const weightCases = (type: WeightType): CheckCase[] => [embedCase(type), ...productCases(type)];

function embedCase(type: WeightType): CheckCase {
  const [T, C] = [21, 132];
  const ldw = roundUp(C, rowMultiple(type));
  const table = randomWeights(9 * ldw, type, 5);
  const [ids, x] = [indices(T, (t) => (t * 3) % 20), random(T * C, 1)];
  const shard = { C, ldw, firstRow: 5, rows: 9, scale: 1.5 };
  return check(
    embed,
    { ids, w: table.words, x },
    { T, ...shard },
    { x: embedReference(table.values, ids, x, shard) },
  );
}

function rowCases(): CheckCase[] {
  const [T, C] = [21, 132];
  const [x, weight, dy] = [random(T * C, 1), random(C, 2), random(T * C, 3)];
  const norm = rmsNormReference(x, weight, T, C, 1e-5);
  const rstd = Float32Array.from(norm.rstd);
  const onResidual = { ...norm, y: norm.y.map((v, i) => v + dy[i]!) };
  const dx = rmsNormBackwardReference(x, weight, rstd, dy, T, C);
  const positions = indices(T, (t) => (t * 3) % 20);
  const angles = random(20 * 44, 4);
  const some = indices(T, (t) => (t % 7 === 6 ? NONE : (t * 11) % T));
  const offsets = indices(T + 1, (t) => t >> 1);
  const list = indices(T, (n) => (n * 5) % T);
  const y = empty(T * C);
  const act = { a: 1.6, b: 0.07 }; // close to GELU's
  const back = gluBackwardReference(dy, x, dx, act.a, act.b);
  const gated = { dh: dy, gate: x, up: Float32Array.from(dx) };
  return [
    check(rmsNorm, { x, weight, y, rstd: empty(T), r: dy }, { T, C, eps: 1e-5, mode: 2 }, onResidual),
    check(rmsNormBackward, { x, weight, rstd, dy, dx: y }, { T, C, mode: 0 }, { dx }),
    check(
      rope,
      { x, positions, table: angles },
      { T, NH: 3, hs: 44, ldx: C, sign: -1 },
      { x: ropeReference(x, positions, angles, T, 3, 44, C, -1) },
    ),
    check(glu, { gate: x, up: dy, h: y }, { n: T * C, ...act }, { h: gluReference(x, dy, act.a, act.b) }),
    check(gluBackward, gated, { n: T * C, ...act }, { dh: back.h, gate: back.dgate, up: back.dup }),
    check(gatherRows, { x, rows: some, y }, { R: T, C }, { y: gatherRowsReference(x, some, C) }),
    check(storeRows, { x, rows: some, y }, { R: T, C }, { y: storeRowsReference(x, some, y, C) }),
    check(
      scatterAddRows,
      { x, offsets, list, y },
      { T, C },
      { y: scatterAddRowsReference(x, offsets, list, T, C) },
    ),
  ];
}

function productCases(type: WeightType): CheckCase[] {
  const [M, N, rank] = [37, 68, 8];
  const K = roundUp(72, rowMultiple(type)); // whole blocks, as every model's matrix has
  const { words: w, values } = randomWeights(N * K, type, 2);
  const [x, dy, r] = [random(M * K, 1), random(M * N, 3), empty(4)];
  const [h, b, a] = [random(M * 2 * rank, 4), random(N * rank, 5), random(rank * K, 6)];
  const low = { rank, scale: 0.7 };
  const nt = { M, N, K, ldx: K, ldw: K, ldh: 2 * rank, hOffset: rank, ldb: rank, ...low };
  const nn = { M, N, K, lddy: N, ldw: K, ldg: 2 * rank, gOffset: rank, lda: K, ...low };
  const tiles = headTiles(N);
  const head = { R: M, V: N, C: K, ldx: K, ldw: K };
  const targets = indices(M, (m) => (m % 5 === 4 ? NONE : (m * 29) % N));
  const { partials, logits } = headLseReference(x, values, head, HEAD_TILE);
  const targetLogit = Float64Array.from(targets, (t, m) => (t === NONE ? 0 : logits[m * N + t]!));
  return [
    check(
      matmulNt,
      { x, w, h, b, r, y: empty(M * N) },
      { ...nt, ldr: 4, ldy: N, mode: 0 },
      { y: matmulNtReference(x, values, h, b, nt) },
    ),
    check(
      matmulNn,
      { dy, w, g: h, a, r, dx: empty(M * K) },
      { ...nn, ldr: 4, lddx: K, mode: 0 },
      { dx: matmulNnReference(dy, values, h, a, nn) },
    ),
    check(
      headLse,
      { x, w, targets, partials: empty(partials.length), targetLogit: empty(M) },
      { ...head, vFirst: 0, tileFirst: 0, tiles },
      { partials, targetLogit },
    ),
  ];
}

/** What an adapter's gradient is gathered by, and what the head's partial sums become. */
function adapterCases(): CheckCase[] {
  const [M, N, K, rank] = [37, 68, 72, 8];
  const a = random(rank * K, 6);
  const tn = { M: TN_ROWS + 9, I: rank, J: K, ldp: 2 * rank, pOffset: rank, ldq: K, qOffset: 0 };
  const [p, q] = [random(tn.M * tn.ldp, 7), random(tn.M * tn.ldq, 8)];
  const blocks = matmulTnReference(p, q, tn, TN_ROWS);
  const sum = { splits: 2, I: rank, J: K, si: K, sj: 1, outOffset: 0, beta: 1, scale: 0.5 };
  const tiles = headTiles(N);
  const targets = indices(M, (m) => (m % 5 === 4 ? NONE : (m * 29) % N));
  const head = { R: M, V: N, C: K, ldx: K, ldw: K };
  const { partials, logits } = headLseReference(random(M * K, 1), random(N * K, 2), head, HEAD_TILE);
  const targetLogit = Float32Array.from(targets, (t, m) => (t === NONE ? 0 : logits[m * N + t]!));
  const merge = [Float32Array.from(partials), targetLogit, targets] as const;
  return [
    check(matmulTn, { p, q, partials: empty(tnWords(tn.M, rank, K)) }, tn, { partials: blocks }),
    check(sumPartials, { partials: Float32Array.from(blocks), out: a }, sum, {
      out: sumPartialsReference(Float32Array.from(blocks), a, sum),
    }),
    check(
      mergeLse,
      { partials: merge[0], targetLogit: merge[1], targets, logprob: empty(M) },
      { R: M, tiles },
      mergeLseReference(...merge, M, tiles),
    ),
  ];
}

/** Attention by heads of `hs` columns over a pack as the model makes them: a context of 5 with options of 11 and 7, then a sequence of 30. */
export function attentionCases(hs: number): CheckCase[] {
  const [T, NH, NKV] = [53, 4, 2];
  const n = { T, NH, NKV, hs, ldq: NH * hs, ldkv: NKV * hs, scale: 0.2 * Math.sqrt(32 / hs) };
  const own = indices(T, (t) => (t < 5 ? 0 : t < 16 ? 5 : t < 23 ? 16 : 23)); // where a row's own part starts
  const shared = (t: number) => (t >= 5 && t < 23 ? 5 : 0);
  const spans = indices(4 * T, (i) => [0, shared(i >> 2), own[i >> 2]!, (i >> 2) + 1][i & 3]!);
  const reach = indices(T, (t) => (t < 5 ? 23 : t < 16 ? 16 : t < 23 ? 23 : T));
  const [q, dout] = [random(T * n.ldq, 1, 2), random(T * n.ldq, 2)];
  const [k, v] = [random(T * n.ldkv, 3, 2), random(T * n.ldkv, 4)];
  const forward = attentionReference(q, k, v, spans, n);
  const o = Float32Array.from(forward.o);
  const lse = Float32Array.from(forward.lse);
  const byQ = attentionBackwardQReference({ q, k, v, o, dout, lse, spans }, n);
  const delta = Float32Array.from(byQ.delta);
  const blank = empty(lse.length);
  return [
    check(attention, { q, k, v, spans, o: empty(o.length), stats: empty(2 * lse.length) }, n, {
      o: forward.o,
      stats: pairs(lse, blank),
    }),
    check(attentionBackwardQ, { q, k, v, o, dout, stats: pairs(lse, blank), spans, dq: empty(q.length) }, n, {
      dq: byQ.dq,
      stats: pairs(lse, delta),
    }),
    check(
      attentionBackwardKv,
      { q, k, v, dout, stats: pairs(lse, delta), reach, dk: empty(k.length), dv: empty(v.length) },
      n,
      attentionBackwardKvReference({ q, k, v, dout, lse, delta, reach }, n),
    ),
  ];
}

function lossCases(): CheckCase[] {
  const [R, V, ld] = [7, 101, 104];
  const rows = { R, V, ld, rowOffset: 0 };
  const [teacher, student, weight] = [random(R * ld, 1, 8), random(R * ld, 2, 8), random(R, 3)];
  const targets = indices(R, (r) => (r * 29) % V);
  const hard = crossEntropyReference(student, targets, weight, rows);
  const { kl } = klRowsReference(teacher, student, rows);
  const top = { ...rows, count: 5 };
  const best = topTokensReference(teacher, top);
  const logprobs = Float32Array.from(best.logprobs);
  const soft = klTopReference(student, best.ids, logprobs, weight, top);
  return [
    check(crossEntropy, { logits: student, targets, weight, logprob: empty(R) }, rows, {
      logits: hard.gradient,
      logprob: hard.logprob,
    }),
    check(klRows, { teacher, student, kl: empty(R) }, rows, { kl }),
    check(topTokens, { logits: teacher, ids: new Uint32Array(5 * R), logprobs: empty(5 * R) }, top, best),
    check(
      klTop,
      { logits: student, ids: best.ids, teacher: logprobs, weight, kl: empty(R) },
      { ...top, tableRow: 0, mode: 1 },
      { kl: soft.kl, logits: soft.gradient },
    ),
  ];
}

function optimiserCases(): CheckCase[] {
  const n = 5003;
  const [grads, weights, m, v] = [random(n, 1), random(n, 2), random(n, 3), random(n, 4).map(Math.abs)];
  const partials = gradNormReference(grads, gradNorm.constants.BLOCK!);
  const rounded = Float32Array.from(partials);
  const stats = gradNormSumReference(rounded);
  const after = { weights: Float64Array.from(weights), m: Float64Array.from(m), v: Float64Array.from(v) };
  const step = { lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, bias1: 0.19, bias2: 0.002 };
  const params = { ...step, decay: 0.001, max_grad_norm: 1 };
  adamwReference(stats, grads, after.weights, after.m, after.v, params);
  return [
    check(gradNorm, { grads, partials: empty(gradNormPartials(n)) }, { n }, { partials }),
    check(gradNormSum, { partials: rounded, stats: empty(2) }, { count: rounded.length }, { stats }),
    check(adamw, { stats: Float32Array.from(stats), grads, weights, m, v }, { n, ...params }, after),
  ];
}

function decodingCases(): CheckCase[] {
  const [B, V, ld] = [6, 1021, 1024];
  const logits = random(B * ld, 1, 8);
  const settings = new Uint32Array(4 * B);
  const floats = new Float32Array(settings.buffer);
  const state = new Uint32Array(8 * B);
  const tokens = Array.from({ length: B }, (_, b) => {
    const how = {
      temperature: b === 0 ? 0 : 0.9,
      top_k: b % 2 === 0 ? 50 : 0,
      top_p: b > 3 ? 0.9 : 1,
      seed: b,
    };
    settings.set([0, how.top_k, 0, how.seed], 4 * b);
    floats[4 * b] = how.temperature;
    floats[4 * b + 2] = how.top_p;
    state.set([7, 10 + b, 0, 0, 1], 8 * b);
    return sampleTokenReference(logits.subarray(b * ld, b * ld + V), how, 0);
  });
  const cacheStart = indices(B, (b) => 300 * b);
  const n = (each = 1) => new Uint32Array(each * B);
  return [
    check(
      sampleToken,
      { logits, settings, state, stops: n(), output: n() },
      { B, V, ld, outStride: 1 },
      { output: tokens },
    ),
    check(
      advanceDecode,
      { state, cacheStart, ids: n(), positions: n(), spans: n(4), local: n(4), cacheRow: n() },
      { B, window: 12 },
      advanceDecodeReference(state, cacheStart, 12),
    ),
  ];
}

/**
 * One optimiser step. Forward → log-probabilities → per-sequence means → objective and its gradient per mean → a weight per
 * row → one backward pass of a weighted cross-entropy → AdamW. Everything between the first upload and the last readback
 * stays on the GPU.
 */
import { LabError } from "../core/errors.ts";
import { roundUp, sum } from "../core/shape.ts";
import { Arena, type Range, slice } from "../gpu/buffers.ts";
import { adamw, biasCorrections } from "../gpu/kernels/adamw.ts";
import { gradNorm, gradNormPartials } from "../gpu/kernels/gradNorm.ts";
import { gradNormSum } from "../gpu/kernels/gradNormSum.ts";
import { ABSENT, objective } from "../gpu/kernels/objective.ts";
import { rowWeights } from "../gpu/kernels/rowWeights.ts";
import { sequenceMeans } from "../gpu/kernels/sequenceMeans.ts";
import type { TrainableAdapter } from "./adapter.ts";
import { type Decoder, type DevicePack, newSaved, ROW_STEP, type Saved } from "./decoder.ts";
import { mayShare, type Pack, packedLength, packRequests, splitIntoPacks } from "./pack.ts";
import type { QuestionTerms, ScoreRequest, Sequence, StepSettings, UpdateStats } from "./policy.ts";

/** AdamW's constants (method.md §3). */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPS = 1e-8;

const TERMS = ["z", "c", "l", "w"] as const; // the order of the objective kernel's gradients and parts

interface PlannedPack {
  pack: Pack;
  firstRow: number; // in the update's rows, a multiple of 64
  trained: boolean;
}

/** The update laid out: which sequences there are, where their rows lie, who uses them. */
interface UpdatePlan {
  packs: PlannedPack[];
  rows: number;
  offsets: number[]; // (S+1) rows of every sequence; gaps are sequences without users
  sequenceOf: Uint32Array<ArrayBuffer>; // (rows)
  users: number[]; // (S+1) into userIndex and factor
  userIndex: number[]; // question · 4 + term
  factor: number[];
  terms: Uint32Array<ArrayBuffer>; // (Q, 8): c, l, w, zStart, zEnd
  zList: number[];
  weights: Float32Array<ArrayBuffer>; // (Q, 8)
  num_tokens: number;
  supervised_tokens: number;
}

/**
 * Runs forward, backward and AdamW. The step is the same for any split into packs (`Decoder.limits`).
 * @throws LabError not-finite, with the adapter unchanged; bad-shape
 */
export async function update(
  d: Decoder,
  adapter: TrainableAdapter,
  questions: readonly QuestionTerms[],
  settings: StepSettings,
): Promise<UpdateStats> {
  if (questions.length === 0) throw new LabError("bad-shape", "an update needs at least one question");
  const { gpu } = d;
  const plan = planUpdate(questions, {
    trained: Math.max(1, Math.floor(d.limits.savedBytes / d.savedBytesPerToken(adapter))),
    scored: d.limits.scoreTokens,
    window: d.config.sliding_window,
  });
  const Q = questions.length;
  const S = plan.offsets.length - 1;
  const marks = [d.arena.mark(), d.tables.mark()] as const;
  const stats = gpu.allocate(256, "gradient norm"); // its own buffer: adamw reads it beside writable ones
  const state = new Arena(gpu, "update", 1 << 20);
  try {
    const put = (data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>) => {
      const range = state.words(data.length);
      if (data.length > 0) gpu.write(range, data);
      return range;
    };
    const logprob = state.words(plan.rows);
    const lse = state.words(plan.rows);
    const weight = state.words(plan.rows);
    const means = state.words(S);
    const losses = state.words(Q);
    const gradients = state.words(4 * Q);
    const parts = state.words(4 * Q);
    const partials = state.words(gradNormPartials(adapter.size));
    const offsets = put(Uint32Array.from(plan.offsets));

    const run = forwardAll(d, adapter, plan, { logprob, lse });
    gpu.run(sequenceMeans, { logprob, offsets, means }, { S });
    gpu.run(
      objective,
      {
        means,
        terms: put(plan.terms),
        zList: put(Uint32Array.from(plan.zList)),
        weights: put(plan.weights),
        losses,
        gradients,
        parts,
      },
      { Q, scale: 1 / Q },
    );
    gpu.run(
      rowWeights,
      {
        offsets,
        users: put(Uint32Array.from(plan.users)),
        userIndex: put(Uint32Array.from(plan.userIndex)),
        factor: put(Float32Array.from(plan.factor)),
        gradients,
        sequenceOf: put(plan.sequenceOf),
        weight,
      },
      { R: plan.rows, S },
    );
    run.backward(lse, weight);
    optimise(d, adapter, settings, partials, stats);
    const [lossBytes, partBytes, statBytes] = await gpu.read(
      { ...losses, size: 4 * Q },
      { ...parts, size: 16 * Q },
      { ...stats, size: 8 },
    );
    const loss = sum(new Float32Array(lossBytes!)) / Q;
    const [grad_norm, notFinite] = new Float32Array(statBytes!);
    if (notFinite !== 0 || !Number.isFinite(loss)) {
      throw new LabError(
        "not-finite",
        `step ${settings.step}: loss ${loss}, gradient norm ${grad_norm}; nothing was changed. Lower learning_rate (now ${settings.learning_rate}) and resume`,
      );
    }
    const part = new Float32Array(partBytes!);
    const column = (term: number, has: (q: QuestionTerms) => boolean) =>
      questions.map((q, i) => (has(q) ? part[4 * i + term]! : null));
    return {
      loss,
      grad_norm: grad_norm!,
      s_z: column(0, (q) => q.z.length > 0),
      s_c: column(1, (q) => q.c !== null),
      s_l: column(2, (q) => q.l !== null),
      s_w: column(3, (q) => q.w !== null),
      num_tokens: plan.num_tokens,
      supervised_tokens: plan.supervised_tokens,
    };
  } finally {
    d.arena.release(marks[0]); // where something was thrown on the way; else they are there already
    d.tables.release(marks[1]);
    gpu.free(stats);
    state.destroy();
  }
}

/**
 * The gradient of Σ weight·(−log p) over given sequences into the adapter's arena: what `update` does with weights from an
 * objective, here with weights of the caller's. Returns the loss.
 * @param weights one per predicted token of every sequence
 */
export async function weightedGradient(
  d: Decoder,
  adapter: TrainableAdapter,
  sequences: readonly number[][],
  weights: readonly ArrayLike<number>[],
): Promise<number> {
  const requests = sequences.map((ids) => ({ context: [], completions: [ids] }));
  const pack = packRequests(requests, d.config.sliding_window);
  const state = new Arena(d.gpu, "weighted", 1 << 16);
  const [logprob, lse, weight] = [state.words(pack.R), state.words(pack.R), state.words(pack.R)] as const;
  const flat = Float32Array.from(weights.flatMap((w) => Array.from(w)));
  d.gpu.write(weight, flat);
  const run = forwardAll(d, adapter, { packs: [{ pack, firstRow: 0, trained: true }] }, { logprob, lse });
  run.backward(lse, weight);
  const logps = await d.gpu.readF32(logprob, pack.R);
  state.destroy();
  return -sum(logps.map((lp, i) => lp * flat[i]!));
}

/** Gradient norm, clipping and AdamW on the adapter's arenas; leaves (norm, not-finite flag) in `stats`. */
export function optimise(
  d: Decoder,
  adapter: TrainableAdapter,
  s: StepSettings,
  partials: Range,
  stats: Range,
): void {
  const { gpu } = d;
  const n = adapter.size;
  gpu.run(gradNorm, { grads: adapter.grads, partials }, { n });
  gpu.run(gradNormSum, { partials, stats }, { count: gradNormPartials(n) });
  gpu.run(
    adamw,
    { stats, grads: adapter.grads, weights: adapter.weights, m: adapter.m, v: adapter.v },
    {
      n,
      lr: s.learning_rate,
      beta1: BETA1,
      beta2: BETA2,
      eps: EPS,
      ...biasCorrections(s.step, BETA1, BETA2),
      decay: s.learning_rate * s.weight_decay,
      max_grad_norm: s.max_grad_norm,
    },
  );
}

/**
 * Forward over all packs. One trained pack keeps its activations for the backward pass; several are scored first, since the
 * coefficients need every mean, and run forward once more each.
 */
function forwardAll(
  d: Decoder,
  adapter: TrainableAdapter,
  plan: Pick<UpdatePlan, "packs">,
  out: { logprob: Range; lse: Range },
) {
  const { arena, tables } = d;
  const begin = [arena.mark(), tables.mark()] as const;
  const from = (range: Range, p: PlannedPack) => slice(range, p.firstRow * 4, range.size - p.firstRow * 4);
  const pass = (p: PlannedPack, saved: Saved | null): [DevicePack, Range] => {
    const device = d.upload(p.pack);
    const rows = d.forwardRows(device, adapter, saved);
    d.headLogprobs(device, rows, { logprob: from(out.logprob, p), lse: from(out.lse, p) });
    return [device, rows];
  };
  const trained = plan.packs.filter((p) => p.trained);
  const resident = trained.length === 1 ? trained[0]! : null;
  for (const p of plan.packs) {
    if (p === resident || p.pack.R === 0) continue;
    const marks = [arena.mark(), tables.mark()] as const;
    pass(p, null);
    arena.release(marks[0]);
    tables.release(marks[1]);
  }
  let saved = resident ? newSaved() : null;
  const kept = resident && saved ? pass(resident, saved) : null;
  return {
    backward(lse: Range, weight: Range): void {
      let beta = 0;
      for (const p of trained) {
        const marks = [arena.mark(), tables.mark()] as const;
        saved = p === resident ? saved : newSaved();
        const [device, rows] = p === resident && kept ? kept : pass(p, saved);
        const dRows = d.crossEntropyGradient(device, rows, from(lse, p), from(weight, p));
        d.backward(device, adapter, saved!, dRows, beta);
        beta = 1;
        arena.release(marks[0]);
        tables.release(marks[1]);
      }
      if (trained.length === 0) d.gpu.write(adapter.grads, new Float32Array(adapter.size));
      arena.release(begin[0]);
      tables.release(begin[1]);
    },
  };
}

/** One sequence and the terms that use its mean. */
interface Entry {
  sequence: Sequence;
  users: { index: number; factor: number }[];
  trained: boolean;
  id: number;
}

/** Sequences behind one context. */
interface Group {
  request: ScoreRequest;
  members: Entry[]; // of its completions
  trained: boolean;
}

/** A group in parts of at most `maxTokens` tokens, each with the context again: all passages share their begin token. */
function cut({ request, members, trained }: Group, maxTokens: number): Group[] {
  const { context } = request;
  const parts: Group[] = [];
  let length = Number.POSITIVE_INFINITY;
  request.completions.forEach((completion, i) => {
    length += completion.length - 1;
    if (length > maxTokens) {
      parts.push({ request: { context, completions: [] }, members: [], trained });
      length = packedLength({ context, completions: [completion] });
    }
    const part = parts[parts.length - 1]!;
    part.request.completions.push(completion);
    part.members.push(members[i]!);
  });
  return parts;
}

/**
 * Lays an update out. Equal sequences are scored once; equal contexts are shared, where no sliding window ends within the
 * sequence; what no weight reaches is not trained.
 */
export function planUpdate(
  questions: readonly QuestionTerms[],
  limits: {
    trained: number; // tokens of a pack at most; a single sequence may be longer
    scored: number;
    window: number | null; // `ModelConfig.sliding_window`
  },
): UpdatePlan {
  const entries = new Map<string, Entry>();
  const uses = questions.map((q, i) => {
    const use = (s: Sequence, term: number, factor: number, trained: boolean): Entry => {
      const key = `${s.context}|${s.completion}`;
      const entry = entries.get(key) ?? { sequence: s, users: [], trained: false, id: -1 };
      entry.users.push({ index: 4 * i + term, factor });
      entry.trained ||= trained;
      entries.set(key, entry);
      return entry;
    };
    const zTrained = q.pair * q.beta_z !== 0 || q.z_weight !== 0;
    const pairTrained = q.pair * q.beta !== 0;
    return {
      z: q.z.map((s) => use(s, 0, 1 / q.z.length, zTrained)),
      c: q.c && use(q.c, 1, 1, pairTrained),
      l: q.l && use(q.l, 2, 1, pairTrained),
      w: q.w && use(q.w, 3, 1, q.anchor !== 0),
    };
  });

  const groups = new Map<string, Group>();
  for (const [whole, e] of entries) {
    const key = mayShare(e.sequence, limits.window) ? `${e.sequence.context}` : whole;
    const group = groups.get(key) ?? {
      request: { context: e.sequence.context, completions: [] },
      members: [],
      trained: false,
    };
    group.request.completions.push(e.sequence.completion);
    group.members.push(e);
    group.trained ||= e.trained;
    groups.set(key, group);
  }
  const all = [...groups.values()].flatMap((g) => cut(g, g.trained ? limits.trained : limits.scored));

  const plan = {
    packs: [],
    rows: 0,
    offsets: [0],
    users: [0],
    userIndex: [],
    factor: [],
    zList: [],
    num_tokens: 0,
    supervised_tokens: 0,
  } as unknown as UpdatePlan;
  const sequenceOf: number[] = [];
  let S = 0;
  const close = (rows: number, users: Entry["users"]) => {
    for (let r = 0; r < rows; r++) sequenceOf.push(S);
    plan.rows += rows;
    plan.offsets.push(plan.rows);
    for (const u of users) {
      plan.userIndex.push(u.index);
      plan.factor.push(u.factor);
    }
    plan.users.push(plan.userIndex.length);
    return S++;
  };
  const byRequest = new Map(all.map((g) => [g.request, g]));
  for (const trained of [false, true]) {
    const requests = all.filter((g) => g.trained === trained).map((g) => g.request);
    for (const part of splitIntoPacks(requests, trained ? limits.trained : limits.scored)) {
      const pack = packRequests(part, limits.window);
      plan.packs.push({ pack, firstRow: plan.rows, trained });
      plan.num_tokens += pack.T;
      let s = 0;
      for (const request of part) {
        for (const entry of byRequest.get(request)!.members) {
          const { length } = pack.sequences[s++]!;
          entry.id = close(length, entry.users);
          if (entry.trained) plan.supervised_tokens += length;
        }
      }
      const gap = roundUp(plan.rows, ROW_STEP) - plan.rows;
      if (gap > 0) close(gap, []);
    }
  }

  plan.sequenceOf = Uint32Array.from(sequenceOf);
  plan.terms = new Uint32Array(8 * questions.length);
  plan.weights = new Float32Array(8 * questions.length);
  questions.forEach((q, i) => {
    const u = uses[i]!;
    const zStart = plan.zList.length;
    plan.zList.push(...u.z.map((e) => e.id));
    plan.terms.set(
      [u.c?.id ?? ABSENT, u.l?.id ?? ABSENT, u.w?.id ?? ABSENT, zStart, plan.zList.length],
      8 * i,
    );
    plan.weights.set(
      [q.pair, q.beta_z, q.beta, q.gamma, q.clip_chosen, q.clip_rejected, q.anchor, q.z_weight],
      8 * i,
    );
  });
  return plan;
}

/** The objective kernel's order of terms, for whoever reads its tables. */
export type Term = (typeof TERMS)[number];

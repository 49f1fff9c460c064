/**
 * One optimiser step: forward → log-probabilities per token → the values of the losses' terms and their slopes (float64, on
 * the CPU) → a weight per row → one backward pass of a weighted cross-entropy, and of the divergence from soft targets where
 * there are any → AdamW. Where every loss is linear, slopes are known beforehand, and nothing is read back before the end.
 */
import { LabError } from "../core/errors.ts";
import { sum } from "../core/shape.ts";
import { Arena, type Range, slice } from "../gpu/buffers.ts";
import { adamw, biasCorrections } from "../gpu/kernels/adamw.ts";
import { gradNorm, gradNormPartials } from "../gpu/kernels/gradNorm.ts";
import { gradNormSum } from "../gpu/kernels/gradNormSum.ts";
import type { TrainableAdapter } from "./adapter.ts";
import {
  capacityOf,
  type Decoder,
  type DevicePack,
  newSaved,
  type Saved,
  type SoftTargets,
} from "./decoder.ts";
import type { QuestionLoss, StepSettings, UpdateStats } from "./policy.ts";
import {
  knownSlopes,
  lossesAt,
  type PlannedPack,
  planUpdate,
  rowWeights,
  termValues,
  type UpdatePlan,
} from "./updatePlan.ts";

/** AdamW's constants (method.md §3). */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPS = 1e-8;

/**
 * Runs forward, backward and AdamW. The step is the same for any split into packs (`Decoder.limits`).
 * @throws LabError not-finite, with the adapter unchanged; bad-shape
 */
export async function update(
  d: Decoder,
  adapter: TrainableAdapter,
  questions: readonly QuestionLoss[],
  settings: StepSettings,
): Promise<UpdateStats> {
  if (questions.length === 0) throw new LabError("bad-shape", "an update needs at least one question");
  const { gpu } = d;
  const plan = planUpdate(questions, {
    trained: Math.max(1, Math.floor(d.limits.savedBytes / d.savedBytesPerToken(adapter))),
    scored: d.limits.scoreTokens,
    window: d.config.sliding_window,
  });
  const marks = [d.arena.mark(), d.tables.mark()] as const;
  const stats = gpu.allocate(256, "gradient norm"); // its own buffer: adamw reads it beside writable ones
  const state = new Arena(gpu, "update", 1 << 20);
  try {
    const soft = plan.packs.some((p) => p.soft !== null);
    const words = () => state.words(plan.rows);
    const rows: RowRanges = {
      logprob: words(),
      weight: words(),
      soft: soft ? { weight: words(), kl: words() } : null,
    };
    const partials = state.words(gradNormPartials(adapter.size));
    /** Losses and slopes of what the forward passes left, and the first `count` words of `stats`, in one wait. */
    const measure = async (count: number) => {
      const whole = (range: Range) => ({ ...range, size: 4 * plan.rows });
      const [numbers, logprobs, kl] = (
        await gpu.read(
          { ...stats, size: 4 * count },
          whole(rows.logprob),
          ...(rows.soft ? [whole(rows.soft.kl)] : []),
        )
      ).map((bytes) => new Float32Array(bytes));
      const values = termValues(plan, questions, { logprob: logprobs!, kl: kl ?? null });
      const losses = lossesAt(questions, values);
      return {
        values,
        loss: sum(losses.map(({ loss }) => loss)) / questions.length,
        slopes: losses.map(({ slopes }) => slopes),
        numbers: numbers!,
      };
    };
    const step = openStep(d, adapter, plan, rows);
    let slopes = knownSlopes(questions);
    step.score(slopes === null);
    if (slopes === null) {
      const before = await measure(1);
      if (!Number.isFinite(before.loss)) throw notFinite(settings, before.loss, null);
      slopes = before.slopes;
    }
    const weights = rowWeights(plan, questions, slopes);
    if (plan.rows > 0) gpu.write(rows.weight, weights.hard);
    if (rows.soft) gpu.write(rows.soft.weight, weights.soft);
    step.backward();
    optimise(d, adapter, settings, partials, stats);
    const { loss, values, numbers } = await measure(2);
    const [grad_norm, broken] = numbers;
    if (broken !== 0 || !Number.isFinite(loss)) throw notFinite(settings, loss, grad_norm!);
    return {
      loss,
      grad_norm: grad_norm!,
      values,
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

const notFinite = ({ step, learning_rate }: StepSettings, loss: number, grad_norm: number | null): LabError =>
  new LabError(
    "not-finite",
    `step ${step}: loss ${loss}, gradient norm ${grad_norm ?? "not computed"}; nothing was changed. Lower learning_rate (now ${learning_rate}) and resume`,
  );

/** Gradient norm, clipping and AdamW on the adapter's arenas; leaves (norm, not-finite flag) in `stats`. */
function optimise(
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

/** Per row of the update, first to last pack. */
interface RowRanges {
  logprob: Range;
  weight: Range; // −dL/dlog p
  soft: { weight: Range; kl: Range } | null; // dL/dKL, KL; where any sequence has a teacher
}

/** A pack that went forward, as the backward pass takes it up. */
interface Forwarded {
  device: DevicePack;
  rows: Range; // (R, C) final norm output
  soft: SoftTargets | null;
}

/**
 * The passes over an update's packs. A single trained pack keeps its activations between the two calls; of several, each
 * runs forward in `backward`, and once more before that where the losses need its values first.
 */
function openStep(d: Decoder, adapter: TrainableAdapter, plan: UpdatePlan, ranges: RowRanges) {
  const { arena, tables } = d;
  const from = (range: Range, p: PlannedPack) => slice(range, p.firstRow * 4, range.size - p.firstRow * 4);
  const softTargets = (p: PlannedPack): SoftTargets | null => {
    if (!p.soft || !ranges.soft) return null;
    const { count, tableRow, hardBlocks: hard, softBlocks: soft } = p.soft;
    const put = (data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>) => {
      const range = tables.words(capacityOf(Math.max(1, p.pack.R - tableRow)) * count);
      d.gpu.write(range, data);
      return range;
    };
    const [ids, logprobs] = [put(p.soft.ids), put(p.soft.logprobs)];
    return {
      count,
      tableRow,
      ids,
      logprobs,
      hard,
      soft,
      weight: from(ranges.soft.weight, p),
      kl: from(ranges.soft.kl, p),
    };
  };
  /** `measure`: log-probabilities and divergence now, where no backward pass will come by, or not soon enough. */
  const forward = (p: PlannedPack, saved: Saved | null, measure: boolean): Forwarded => {
    const device = d.upload(p.pack);
    const soft = softTargets(p);
    const rows = d.forwardRows(device, adapter, saved);
    if (measure || soft) d.headLogprobs(device, rows, from(ranges.logprob, p)); // not all rows of a soft pack have a gradient by it
    if (soft && measure) d.divergence(device, rows, soft);
    return { device, rows, soft };
  };
  /** What `work` takes of the arenas is given back. */
  const apart = (work: () => void): void => {
    const marks = [arena.mark(), tables.mark()] as const;
    work();
    arena.release(marks[0]);
    tables.release(marks[1]);
  };
  const trained = plan.packs.filter((p) => p.trained && p.pack.R > 0);
  const resident = trained.length === 1 ? trained[0]! : null;
  const saved = newSaved();
  let kept: Forwarded | null = null;
  return {
    /** Forward: what is not trained, and with `everything` all the rest. */
    score(everything: boolean): void {
      for (const p of plan.packs) {
        if (p === resident || p.pack.R === 0 || (p.trained && !everything)) continue;
        apart(() => forward(p, null, true));
      }
      if (resident) kept = forward(resident, saved, everything);
    },
    /** Backward, by the rows' weights, into the adapter's gradients; gives all activations back. */
    backward(): void {
      for (const [i, p] of trained.entries()) {
        apart(() => {
          const own = p === resident ? saved : newSaved();
          const { device, rows, soft } = p === resident ? kept! : forward(p, own, false);
          const [weight, logprob] = [from(ranges.weight, p), from(ranges.logprob, p)];
          const dRows = d.headGradient(device, rows, weight, logprob, soft);
          d.backward(device, adapter, own, dRows, i === 0 ? 0 : 1);
        });
      }
      if (trained.length === 0) d.gpu.write(adapter.grads, new Float32Array(adapter.size));
    },
  };
}

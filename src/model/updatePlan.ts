/** An update laid out: which sequences there are, where their rows lie, what the losses make of them (float64, on the CPU). */
import { LabError } from "../core/errors.ts";
import { ceilDiv, roundUp, sum } from "../core/shape.ts";
import { ROW_STEP } from "./decoder.ts";
import { mayShare, type Pack, packedLength, packRequests, splitIntoPacks } from "./pack.ts";
import type { LossAt, LossTerm, QuestionLoss, ScoreRequest, Sequence, TopTokens } from "./policy.ts";

export interface PlannedPack {
  pack: Pack;
  firstRow: number; // in the update's rows, a multiple of 64
  trained: boolean;
  soft: SoftRows | null; // where any row has a teacher
}

/** Soft targets of a pack's rows from `tableRow` on; a row without a teacher has zeros, and no weight. */
export interface SoftRows extends TopTokens {
  tableRow: number; // a multiple of 64
  hardBlocks: boolean[]; // of every 64 rows: whether some are trained by their targets
  softBlocks: boolean[]; // of every 64 rows: whether some have a teacher
}

/** One sequence that is computed, and where. */
export interface Entry {
  sequence: Sequence;
  teacher: TopTokens | null;
  trained: boolean;
  hard: boolean; // trained by its own tokens, beside a teacher or without
  firstRow: number; // of the update's rows
  rows: number; // tokens that are predicted
}

export interface UpdatePlan {
  packs: PlannedPack[];
  rows: number; // those between packs, up to a multiple of 64, included
  entries: Entry[];
  of: Entry[][]; // per question and term
  num_tokens: number;
  supervised_tokens: number;
}

/** Tokens of a pack at most; a single sequence may be longer. */
export interface PackLimits {
  trained: number;
  scored: number;
  window: number | null; // `ModelConfig.sliding_window`
}

/** Tokens that a sequence predicts. */
export const predicted = ({ context, completion }: Sequence): number =>
  Math.max(0, completion.length - (context.length === 0 ? 1 : 0));

/**
 * Lays an update out. Equal sequences are computed once; equal contexts are shared, where no sliding window ends within the
 * sequence; what no slope reaches is not trained.
 * @throws LabError bad-shape for slopes, weights or soft targets that do not fit their terms
 */
export function planUpdate(questions: readonly QuestionLoss[], limits: PackLimits): UpdatePlan {
  const entries = new Map<string, Entry[]>(); // by sequence; several where teachers differ
  const of = questions.map(({ terms, loss }, q) => {
    if (typeof loss !== "function" && loss.length !== terms.length)
      throw new LabError(
        "bad-shape",
        `question ${q} has ${terms.length} terms and ${loss.length} slopes; each term needs one`,
      );
    return terms.map((term, t) => {
      checkTerm(term, `question ${q}, term ${t} (${term.name})`);
      const { sequence, teacher } = term;
      const key = `${sequence.context}|${sequence.completion}`;
      const same = entries.get(key) ?? [];
      if (same.length === 0) entries.set(key, same);
      let entry = same.find((e) => !e.teacher || !teacher || e.teacher === teacher);
      if (!entry) {
        entry = { sequence, teacher, trained: false, hard: false, firstRow: 0, rows: 0 };
        same.push(entry);
      }
      entry.teacher ??= teacher;
      const trained = !term.watched && (typeof loss === "function" || loss[t] !== 0);
      entry.trained ||= trained;
      entry.hard ||= trained && !teacher;
      return entry;
    });
  });
  const all = [...entries.values()].flat();
  const plan: UpdatePlan = { packs: [], rows: 0, entries: all, of, num_tokens: 0, supervised_tokens: 0 };
  const counts = new Set(all.flatMap(({ teacher }) => (teacher ? [teacher.count] : [])));
  if (counts.size > 1)
    throw new LabError(
      "bad-shape",
      `teachers with ${[...counts].join(" and ")} tokens a row meet in one update; give all of them as many`,
    );
  const hasTeacher = (g: Group) => Number(g.members.some(({ teacher }) => teacher !== null));
  const whole = grouped(all, limits.window).sort((a, b) => hasTeacher(a) - hasTeacher(b)); // few blocks of both kinds
  for (const trained of [false, true]) {
    const most = trained ? limits.trained : limits.scored;
    const groups = whole.filter((g) => g.trained === trained).flatMap((g) => cut(g, most));
    const membersOf = new Map(groups.map((g) => [g.request, g.members]));
    const requests = groups.map(({ request }) => request);
    for (const part of splitIntoPacks(requests, most)) {
      const pack = packRequests(part, limits.window);
      const members = part.flatMap((request) => membersOf.get(request)!);
      for (const [i, { offset, length }] of pack.sequences.entries()) {
        const entry = members[i]!;
        entry.firstRow = plan.rows + offset;
        entry.rows = length;
        if (entry.trained) plan.supervised_tokens += length;
      }
      plan.packs.push({ pack, firstRow: plan.rows, trained, soft: softRows(pack, members) });
      plan.num_tokens += pack.T;
      plan.rows += roundUp(pack.R, ROW_STEP);
    }
  }
  return plan;
}

/** The targets of a pack whose sequences are those of `members`, in order. */
function softRows({ R, sequences }: Pack, members: readonly Entry[]): SoftRows | null {
  const count = members.find(({ teacher }) => teacher !== null)?.teacher?.count;
  if (count === undefined) return null;
  const { offset: firstSoft } = sequences[members.findIndex(({ teacher }) => teacher !== null)]!;
  const tableRow = Math.floor(firstSoft / ROW_STEP) * ROW_STEP;
  const soft: SoftRows = {
    count,
    tableRow,
    ids: new Uint32Array((R - tableRow) * count),
    logprobs: new Float32Array((R - tableRow) * count),
    hardBlocks: new Array<boolean>(ceilDiv(R, ROW_STEP)).fill(false),
    softBlocks: new Array<boolean>(ceilDiv(R, ROW_STEP)).fill(false),
  };
  for (const [i, { offset, length }] of sequences.entries()) {
    const { teacher, hard } = members[i]!;
    if (length === 0) continue;
    const [from, to] = [Math.floor(offset / ROW_STEP), Math.floor((offset + length - 1) / ROW_STEP) + 1];
    if (hard) soft.hardBlocks.fill(true, from, to);
    if (!teacher) continue;
    soft.softBlocks.fill(true, from, to);
    soft.ids.set(teacher.ids, (offset - tableRow) * count);
    soft.logprobs.set(teacher.logprobs, (offset - tableRow) * count);
  }
  return soft;
}

function checkTerm({ sequence, tokens, teacher }: LossTerm, where: string): void {
  const rows = predicted(sequence);
  if (tokens && tokens.length !== rows)
    throw new LabError("bad-shape", `${where}: ${rows} tokens are predicted, ${tokens.length} have a weight`);
  if (teacher && teacher.ids.length !== rows * teacher.count)
    throw new LabError(
      "bad-shape",
      `${where}: ${rows} tokens are predicted, the teacher has ${teacher.ids.length} tokens, ${teacher.count} for each it knows`,
    );
}

/** Sequences behind one context. */
interface Group {
  request: ScoreRequest;
  members: Entry[]; // of its completions
  trained: boolean;
}

function grouped(entries: readonly Entry[], window: number | null): Group[] {
  const groups = new Map<string, Group>();
  for (const [i, e] of entries.entries()) {
    const { context, completion } = e.sequence;
    const key = mayShare(e.sequence, window) ? `${context}` : `alone ${i}`;
    const group = groups.get(key) ?? { request: { context, completions: [] }, members: [], trained: false };
    group.request.completions.push(completion);
    group.members.push(e);
    group.trained ||= e.trained;
    groups.set(key, group);
  }
  return [...groups.values()];
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

/** What was computed per row of the update. */
export interface RowValues {
  logprob: ArrayLike<number>;
  kl: ArrayLike<number> | null; // of rows with a teacher
}

/** The value of every term, per question. */
export const termValues = (
  plan: UpdatePlan,
  questions: readonly QuestionLoss[],
  rows: RowValues,
): number[][] =>
  questions.map(({ terms }, q) => terms.map((term, t) => valueAt(term, plan.of[q]![t]!, rows)));

function valueAt(
  { tokens, teacher }: LossTerm,
  { firstRow, rows }: Entry,
  { logprob, kl }: RowValues,
): number {
  let total = 0;
  let weights = 0;
  for (let t = 0; t < rows; t++) {
    const w = tokens ? tokens[t]! : 1;
    total += w * (teacher ? -kl![firstRow + t]! : logprob[firstRow + t]!);
    weights += w;
  }
  return weights === 0 ? 0 : total / weights;
}

/** Loss and slopes of every question at these values. */
export const lossesAt = (questions: readonly QuestionLoss[], values: readonly number[][]): LossAt[] =>
  questions.map(({ loss }, q) => {
    if (typeof loss === "function") return loss(values[q]!);
    return {
      loss: loss.reduce((sum, slope, t) => sum + (slope === 0 ? 0 : slope * values[q]![t]!), 0),
      slopes: loss,
    };
  });

/** The slopes where no loss needs a value for them, else null. */
export function knownSlopes(questions: readonly QuestionLoss[]): (readonly number[])[] | null {
  const slopes = questions.flatMap(({ loss }) => (typeof loss === "function" ? [] : [loss]));
  return slopes.length === questions.length ? slopes : null;
}

/** Per row −dL/dlog p and dL/dKL, of the mean L over the questions. */
export interface RowWeights {
  hard: Float32Array<ArrayBuffer>;
  soft: Float32Array<ArrayBuffer>;
}

/** Every row's weights from the slopes of the terms that use it: they add up. */
export function rowWeights(
  plan: UpdatePlan,
  questions: readonly QuestionLoss[],
  slopes: readonly (readonly number[])[],
): RowWeights {
  const [hard, soft] = [new Float64Array(plan.rows), new Float64Array(plan.rows)];
  for (const [q, { terms }] of questions.entries()) {
    for (const [t, { tokens, teacher, watched }] of terms.entries()) {
      const { firstRow, rows } = plan.of[q]![t]!;
      const slope = slopes[q]![t]!;
      if (watched || slope === 0) continue;
      const total = tokens ? sum(tokens) : rows;
      if (total === 0) continue;
      const into = teacher ? soft : hard;
      for (let r = 0; r < rows; r++)
        into[firstRow + r]! -= (slope * (tokens ? tokens[r]! : 1)) / (total * questions.length);
    }
  }
  return { hard: Float32Array.from(hard), soft: Float32Array.from(soft) };
}

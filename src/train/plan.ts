/** The method as a list: every piece of work of a run, in order. A run's position is an index into it. */
import type { RunConfig } from "../core/config.ts";
import type { Phase } from "../core/run.ts";
import { otherArchive } from "./elsewhere.ts";
import { formsOf } from "./forms.ts";
import { objectives } from "./objectives/registry.ts";
import { readsForeign } from "./reading.ts";
import { isSoft } from "./softTargets.ts";

/** The measures of further.ts, taken where explanations are tested. */
export type FurtherMeasure =
  | "closed_exact"
  | "open_exact"
  | "twohop_explained"
  | "other_open"
  | "other_open_response";

/** What an evaluation measures, named as in a cycle's row. */
export type Measure =
  | "closed_train"
  | "closed_test"
  | "open_test"
  | "closed_2hop"
  | "kl"
  | "closed_response"
  | "open_response"
  | FurtherMeasure;

export interface Piece {
  cycle: number; // 0 = the evaluation before training
  phase: Phase;
  work:
    | "preferred"
    | "rejected"
    | "reward"
    | "candidate"
    | "credit"
    | "samples"
    | "reading"
    | "teach"
    | "update"
    | Measure
    | "record";
  candidate?: number; // from 1: which further candidate of "candidate"
}

/**
 * The pieces of a run: evaluate; then per cycle answer twice → reward → optimise → evaluate. Left out is what is already
 * known: the base's y_w after the first cycle with its rewards, further candidates and token weights, and what the base says
 * of them and of retained rows, foreign ones too; with options y_l, which the evaluation of `closed_train` just before has given (the same
 * model, the same questions).
 */
export function planRun(config: RunConfig, hasTwoHop: boolean): Piece[] {
  const { needs } = objectives[config.objective];
  const explained = formsOf(config).includes("explain");
  const plan = evaluation(0, config, hasTwoHop);
  for (let cycle = 1; cycle <= config.cycles; cycle++) {
    plan.push(...preparation(cycle));
    for (let i = 0; i < config.updates; i++) plan.push({ cycle, phase: "optimising", work: "update" });
    plan.push(...evaluation(cycle, config, hasTwoHop));
  }
  return plan;

  /** What the updates of a cycle need that is not known yet. */
  function preparation(cycle: number): Piece[] {
    const renewed = cycle === 1 || (config.teacher === "policy" && needs.includes("preferred"));
    const answered = renewed && needs.includes("preferred");
    const pieces: Piece[] = [];
    if (answered) pieces.push({ cycle, phase: "open-book", work: "preferred" });
    if (needs.includes("rejected") && explained)
      pieces.push({ cycle, phase: "closed-book", work: "rejected" });
    if (answered) pieces.push({ cycle, phase: "rewarding", work: "reward" });
    for (let candidate = 1; answered && explained && candidate < config.samples; candidate++) {
      pieces.push({ cycle, phase: "open-book", work: "candidate", candidate });
    }
    if (renewed && needs.includes("credit") && config.credit > 0) {
      pieces.push({ cycle, phase: "rewarding", work: "credit" });
    }
    if (needs.includes("samples")) pieces.push({ cycle, phase: "closed-book", work: "samples" });
    const retains = renewed && config.retain > 0;
    if (cycle === 1 && readsForeign(config)) pieces.push({ cycle, phase: "open-book", work: "reading" });
    const own = needs.includes("rejected") || needs.includes("samples"); // what a soft objective teaches changes every cycle
    if (retains || (isSoft(needs) && (renewed || own)))
      pieces.push({ cycle, phase: "open-book", work: "teach" });
    return pieces;
  }
}

function evaluation(cycle: number, config: RunConfig, hasTwoHop: boolean): Piece[] {
  const plan: Piece[] = [
    { cycle, phase: "closed-book", work: "closed_train" },
    { cycle, phase: "testing", work: "closed_test" },
    { cycle, phase: "testing", work: "open_test" },
  ];
  if (hasTwoHop) plan.push({ cycle, phase: "testing", work: "closed_2hop" });
  plan.push({ cycle, phase: "testing", work: "kl" });
  if (explains(cycle, config)) {
    const elsewhere = otherArchive(config) !== null;
    if (config.thorough) {
      plan.push({ cycle, phase: "testing", work: "closed_exact" });
      plan.push({ cycle, phase: "testing", work: "open_exact" });
    }
    if (elsewhere) plan.push({ cycle, phase: "testing", work: "other_open" });
    plan.push({ cycle, phase: "explaining", work: "closed_response" });
    plan.push({ cycle, phase: "explaining", work: "open_response" });
    if (config.thorough && hasTwoHop) plan.push({ cycle, phase: "explaining", work: "twohop_explained" });
    if (elsewhere) plan.push({ cycle, phase: "explaining", work: "other_open_response" });
  }
  plan.push({ cycle, phase: plan.at(-1)!.phase, work: "record" });
  return plan;
}

/** Explanations are evaluated every `explain_every` cycles, at the first and at the last; never where it is 0. */
const explains = (cycle: number, { explain_every, cycles }: RunConfig): boolean =>
  explain_every > 0 && (cycle % explain_every === 0 || cycle === cycles);

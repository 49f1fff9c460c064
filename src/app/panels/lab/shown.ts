/** What the lab has on screen: the run, or a recording while there is none. */

import type { RunConfig } from "../../../core/config.ts";
import { hasOptions } from "../../../core/questions.ts";
import type { Baselines, CycleAnswers, CycleRow, MetricRow, Question, UpdateRow } from "../../../core/run.ts";
import type { Measure } from "../../charts/gap.ts";
import type { RecordedRun } from "../../recorded.ts";
import type { RunState } from "../../stores/runStore.ts";

export interface Shown {
  source: "run" | "recorded" | "nothing";
  config: RunConfig | null; // null before the worker confirmed the run
  cycles: readonly CycleRow[];
  updates: readonly UpdateRow[];
  answers: readonly CycleAnswers[];
  baselines: Baselines | null;
}

const NOTHING: Shown = {
  source: "nothing",
  config: null,
  cycles: [],
  updates: [],
  answers: [],
  baselines: null,
};

export const shownRun = ({ run, cycles, updates, answers }: RunState): Shown => ({
  source: "run",
  config: run?.config ?? null,
  cycles,
  updates,
  answers,
  baselines: run?.baselines ?? null,
});

/** A recording as it stood after `cycle`. */
export function shownRecording(recorded: RecordedRun | null, cycle: number): Shown {
  if (recorded === null) return NOTHING;
  const past = recorded.rows.filter((row) => row.cycle <= cycle);
  return {
    source: "recorded",
    config: recorded.config,
    cycles: past.filter((r: MetricRow): r is CycleRow => r.type === "cycle"),
    updates: past.filter((r: MetricRow): r is UpdateRow => r.type === "update"),
    answers: recorded.answers.filter((a) => a.cycle <= cycle),
    baselines: recorded.baselines,
  };
}

/**
 * How many held-out questions the shares are of: known from the answers, else from the corpus the run is about. Every
 * question is explained, but only one with options has an answer to score.
 */
export function heldOut(
  shown: Shown,
  measure: Measure,
  fromCorpus: readonly Question[] | null,
): number | null {
  const asked = shown.answers.at(-1)?.closed_test;
  if (measure === "explanations") return asked?.length ?? fromCorpus?.length ?? null;
  const scored = asked?.filter((text) => text !== null) ?? fromCorpus?.filter(hasOptions);
  return scored?.length ?? null;
}

/** What became of one held-out question over the cycles. */
export interface History {
  first: number; // the cycle of the first answer
  changedAt: number | null; // the cycle since which the closed-book answer is what it is now; null = never changed
  before: string | null; // closed book, at first
  now: string | null; // closed book, latest
  openNow: string | null;
}

/** @param index of a test question; null without any answers to it */
export function historyOf(answers: readonly CycleAnswers[], index: number): History | null {
  const first = answers[0];
  const last = answers.at(-1);
  if (!first || !last || index >= last.closed_test.length) return null;
  const now = last.closed_test[index] ?? null;
  let changedAt: number | null = null;
  for (let i = answers.length - 1; i > 0 && answers[i]!.closed_test[index] === now; i--) {
    if (answers[i - 1]!.closed_test[index] !== now) changedAt = answers[i]!.cycle;
  }
  return {
    first: first.cycle,
    changedAt,
    before: first.closed_test[index] ?? null,
    now,
    openNow: last.open_test[index] ?? null,
  };
}

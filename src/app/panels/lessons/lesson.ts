/** What a lesson is, and how its steps read a run: every truth and every sentence about numbers is computed here from rows. */
import type { SettingKey } from "../../../core/config.ts";
import type { CycleRow } from "../../../core/run.ts";
import type { Measure } from "../../charts/gap.ts";
import { methodName } from "../../presets.ts";
import type { RecordedRun } from "../../recorded.ts";
import { configDifference } from "../../settings.ts";
import type { ShortName } from "./shortRuns.ts";

export interface Plot {
  run: RecordedRun;
  measure: Measure;
  title: string;
  hides?: "closed"; // a line that the step does not speak of yet
  from: number; // cycles shown before the answer
  to: number; // and after it
}

export interface Step {
  id: string; // within its lesson: the same step on other runs has the same
  here?: ShortName; // a short run on the visitor's machine that may decide it
  says: string;
  asks: string;
  options: readonly string[];
  truth: number; // an index of `options`
  reveals: string;
  plots: Plot[];
}

export interface Lesson {
  name: string; // in the link
  title: string;
  says: string;
  steps(runs: readonly RecordedRun[]): Step[];
}

export const rowsOf = (run: RecordedRun): CycleRow[] =>
  run.rows.filter((row): row is CycleRow => row.type === "cycle").sort((a, b) => a.cycle - b.cycle);

/** Before training and after it; null for a run that lacks one of them. */
export const ends = (run: RecordedRun): { first: CycleRow; last: CycleRow } | null => {
  const rows = rowsOf(run);
  return rows.length > 1 && rows[0]!.cycle === 0 ? { first: rows[0]!, last: rows.at(-1)! } : null;
};

/** The last row after training that tells what explanations earn, book closed; null where none does. */
export function lastExplained(run: RecordedRun): { cycle: number; earned: number } | null {
  const row = rowsOf(run).findLast((r) => r.cycle > 0 && r.closed_response !== null);
  return row ? { cycle: row.cycle, earned: row.closed_response! } : null;
}

/** Options that are numbers: the one nearest to what was measured is the truth. */
export function nearest(choices: readonly (readonly [number, string])[], value: number) {
  const distance = choices.map(([number]) => Math.abs(number - value));
  return { options: choices.map(([, words]) => words), truth: distance.indexOf(Math.min(...distance)) };
}

export const wholePlot = (run: RecordedRun, measure: Measure, from = 0): Plot => ({
  run,
  measure,
  title: methodName(run.config),
  from,
  to: ends(run)?.last.cycle ?? 0,
});

export const isBrief = ({ config }: RecordedRun): boolean => config.answers === "options";
export const isSft = ({ config }: RecordedRun): boolean => config.objective === "sft";

/** Settings that say what is measured and how often: two runs that differ in these have learned the same. */
const MEASURING: readonly SettingKey[] = ["explain_every", "thorough", "other_data"];

/** The settings in which two runs learned otherwise; null where they are not about the same edition of their documents. */
export function differing(a: RecordedRun, b: RecordedRun): SettingKey[] | null {
  if (a.note !== b.note) return null; // a recording's note says its edition
  if (a.fingerprint && b.fingerprint && a.fingerprint.questions !== b.fingerprint.questions) return null;
  return configDifference([a.config, b.config])
    .map(({ key }) => key)
    .filter((key) => !MEASURING.includes(key));
}

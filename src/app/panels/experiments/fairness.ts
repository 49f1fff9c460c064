/** Whether arms may be compared: method.md §3, and the same questions asked in the same way. */
import type { SettingKey } from "../../../core/config.ts";
import { changes } from "../../../core/fingerprint.ts";
import type { CycleRow, RunRecord } from "../../../core/run.ts";
import { integer } from "../../format.ts";
import type { StoredRun } from "../../stores/runStore.ts";
import { type Arm, cyclesOf, rowAt } from "./arms.ts";

/** Whether two runs ask the same questions; of runs stored before a fingerprint was kept by their settings. */
export function sameQuestions(a: RunRecord, b: RunRecord): boolean {
  if (a.fingerprint && b.fingerprint) return a.fingerprint.questions === b.fingerprint.questions;
  return a.config.data === b.config.data && a.config.questions === b.config.questions;
}

export interface Unfair {
  what: string; // in a word
  says: string; // a sentence with what each has and the way out
}

const PROMPTS: readonly SettingKey[] = ["prompt_brief", "prompt_explain", "list_options", "elicit"];

/** What makes a comparison at a cycle unfair; nothing where it is fair. */
export function unfair(arms: readonly Arm[], cycle: number | null): Unfair[] {
  const runs = arms.flatMap((arm) => arm.runs);
  const [first] = runs;
  if (first === undefined) return [];
  const others = runs.slice(1).map(({ run }) => run);
  const each = (of: (run: StoredRun) => number | undefined): string =>
    arms.map(({ letter, runs: [one] }) => `${letter} ${integer(one && of(one))}`).join(", ");
  const differ = (of: (run: StoredRun) => unknown): boolean => new Set(runs.map(of)).size > 1;
  const asked = ({ answers }: StoredRun) => answers.at(-1)?.closed_test.length;
  const otherPassages = (other: RunRecord): boolean =>
    first.run.fingerprint && other.fingerprint
      ? changes({ ...first.run.fingerprint, questions: "" }, { ...other.fingerprint, questions: "" }).length >
        0
      : first.run.config.data !== other.config.data || first.run.config.embedder !== other.config.embedder;
  const found: Unfair[] = [];
  if (differ(asked))
    found.push({
      what: "questions",
      says: `Other questions: ${each(asked)}. Compare runs that ask the same.`,
    });
  else if (others.some((other) => !sameQuestions(first.run, other)))
    found.push({
      what: "questions",
      says: "Other questions: the sets have changed between the runs. Run one of them anew on today's.",
    });
  if (others.some(otherPassages) || differ(({ run }) => `${run.config.retrieval} ${run.config.k}`))
    found.push({
      what: "passages",
      says: "Other passages in the prompts: the documents, the embedder, the search or the number of passages differ.",
    });
  if (differ(({ run }) => JSON.stringify(PROMPTS.map((key) => run.config[key]))))
    found.push({ what: "prompts", says: "Other prompts: the questions are asked in other words." });
  for (const [what, key] of COUNTS) {
    const of = (run: StoredRun) => rowAt(run, cycle)?.[key];
    if (!differ(of)) continue;
    const equal = equalAt(arms, key);
    const way = equal ?? "Give both as many: plan an experiment, which holds them equal.";
    found.push({ what, says: `Unequal ${what}: ${each(of)}. ${way}` });
  }
  return found;
}

const COUNTS = [
  ["updates", "updates"],
  ["question visits", "question_visits"],
] as const;

/** Where every arm's first run has spent as much, in a sentence; null where that is before training only. */
function equalAt(arms: readonly Arm[], key: "updates" | "question_visits"): string | null {
  const lists = arms.map(({ runs: [run] }) => (run ? cyclesOf(run).map((row: CycleRow) => row[key]) : []));
  const [first = [], ...others] = lists;
  const most = Math.max(0, ...first.filter((n) => others.every((list) => list.includes(n))));
  return most === 0
    ? null
    : `Lay the plot along ${key === "updates" ? "updates" : "visits"}: all have ${integer(most)}.`;
}

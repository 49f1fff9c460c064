/** Whether runs may be compared: method.md §3, and the same questions asked in the same way. */
import { changes } from "../../../core/fingerprint.ts";
import type { CycleRow, RunRecord } from "../../../core/run.ts";
import type { StoredRun } from "../../stores/runStore.ts";

/** Whether two runs ask the same questions; of runs stored before a fingerprint was kept by their settings. */
export function sameQuestions(a: RunRecord, b: RunRecord): boolean {
  if (a.fingerprint && b.fingerprint) return a.fingerprint.questions === b.fingerprint.questions;
  return a.config.data === b.config.data && a.config.questions === b.config.questions;
}

/** What makes a comparison unfair, in words; nothing where it is fair. */
export function unfair(runs: readonly StoredRun[]): string[] {
  const [first] = runs;
  if (first === undefined) return [];
  const differ = (of: (run: StoredRun) => unknown): boolean => new Set(runs.map(of)).size > 1;
  const last = ({ rows }: StoredRun) => rows.findLast((row): row is CycleRow => row.type === "cycle");
  const { run } = first;
  const others = runs.slice(1).map((other) => other.run);
  const otherPassages = (other: RunRecord): boolean =>
    run.fingerprint && other.fingerprint
      ? changes({ ...run.fingerprint, questions: "" }, { ...other.fingerprint, questions: "" }).length > 0
      : run.config.data !== other.config.data || run.config.embedder !== other.config.embedder;
  const asked = (one: StoredRun) => one.answers.at(-1)?.closed_test.length;
  return [
    ...(others.some((other) => !sameQuestions(run, other)) || differ(asked) ? ["questions"] : []),
    ...(others.some(otherPassages) || differ((r) => `${r.run.config.retrieval} ${r.run.config.k}`)
      ? ["passages in the prompts"]
      : []),
    ...(differ((r) => last(r)?.updates) ? ["updates"] : []),
    ...(differ((r) => last(r)?.question_visits) ? ["question visits"] : []),
  ];
}

/** What became of each held-out question, cycle by cycle: when it was learnt, whether it was forgotten. */
import type { CycleAnswers } from "../../core/run.ts";

/** Right with the book closed, right with it open; null where it was not scored. */
export type FlipState = "both" | "closed" | "open" | "neither" | null;

export interface FlipRow {
  question: number; // its place in the set
  states: FlipState[]; // one per cycle
  learnt: number | null; // the cycle since which it is right, book closed; null where it is not at the last one
  forgotten: number | null; // the last cycle at which it was right, where it is not any more
}

const stateOf = (answers: CycleAnswers, question: number, gold: string): FlipState => {
  const [closed, open] = [answers.closed_test[question] ?? null, answers.open_test[question] ?? null];
  if (closed === null && open === null) return null;
  if (closed === gold) return open === gold ? "both" : "closed";
  return open === gold ? "open" : "neither";
};

const isRight = (state: FlipState | undefined): boolean => state === "both" || state === "closed";

/**
 * A row for each question: the forgotten on top, the latest loss first; then by the cycle in which they were learnt; at the
 * end those that never were.
 * @param answers in order of cycle
 */
export function flipRows(answers: readonly CycleAnswers[], gold: readonly string[]): FlipRow[] {
  const rows = gold.map((text, question): FlipRow => {
    const states = answers.map((at) => stateOf(at, question, text));
    let since = states.length;
    while (since > 0 && isRight(states[since - 1])) since--;
    const learnt = since < states.length ? answers[since]!.cycle : null;
    const lastRight = states.findLastIndex(isRight);
    return {
      question,
      states,
      learnt,
      forgotten: learnt === null && lastRight >= 0 ? answers[lastRight]!.cycle : null,
    };
  });
  const rank = ({ learnt, forgotten }: FlipRow): number => (forgotten !== null ? 0 : learnt !== null ? 1 : 2);
  return rows.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (b.forgotten ?? 0) - (a.forgotten ?? 0) ||
      (a.learnt ?? 0) - (b.learnt ?? 0) ||
      a.question - b.question,
  );
}

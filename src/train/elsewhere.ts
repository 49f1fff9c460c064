/** Another archive, never trained on: whether the model can still read (method.md §3, "Measures besides"). */
import type { RunConfig } from "../core/config.ts";
import type { Question, RetrievedPassage } from "../core/run.ts";

const OTHER_QUESTIONS = 60; // of the other archive's held-out ones

/** The other archive as the cycle needs it. */
export interface Elsewhere {
  questions: Question[];
  retrieve(questions: string[], k: number): Promise<RetrievedPassage[][]>;
}

/** The other archive a run reads, null for none: its own, which it trains on, would not tell. */
export const otherArchive = ({
  data,
  other_data,
  explain_every,
}: Pick<RunConfig, "data" | "other_data" | "explain_every">): string | null =>
  other_data === data || explain_every === 0 ? null : other_data;

/** Evenly spread over the set, so that every kind of question is among them: 60, or as many as the run takes of each set. */
export function spreadQuestions(test: readonly Question[], most: number | null): Question[] {
  const count = Math.min(test.length, OTHER_QUESTIONS, most ?? OTHER_QUESTIONS);
  return Array.from({ length: count }, (_, i) => test[Math.floor((i * test.length) / count)]!);
}

/** Another archive, never trained on: whether the model can still read (method.md §3, "Measures besides"). */
import type { RunConfig } from "../core/config.ts";
import type { Question, RetrievedPassage } from "../core/run.ts";

const OTHER_QUESTIONS = 60; // of the other archive's held-out ones

/** An archive beside the run's own, as the cycle needs it. */
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

/** Of the other archive's held-out questions 60, or as many as the run takes of each set. */
export const spreadQuestions = (test: readonly Question[], most: number | null): Question[] =>
  evenly(test, Math.min(OTHER_QUESTIONS, most ?? OTHER_QUESTIONS));

/** At most so many of a list, evenly spread over it, so that every kind is among them. */
export function evenly<T>(items: readonly T[], most: number): T[] {
  const count = Math.min(items.length, most);
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);
}

/** What can be said of a question by its form alone. */
import type { Question } from "./run.ts";

/** Whether there is something to choose from: an open question has no answer by option, and no score of one. */
export const hasOptions = ({ options }: Question): boolean => Object.keys(options).length > 0;

/** The sets of questions that a run asks. */
export interface AskedSets {
  train: Question[];
  test: Question[];
  twohop: Question[];
}

/** Of each set the first so many; null takes all. */
export function firstQuestions({ train, test, twohop }: AskedSets, count: number | null): AskedSets {
  const first = count ?? Number.POSITIVE_INFINITY;
  return { train: train.slice(0, first), test: test.slice(0, first), twohop: twohop.slice(0, first) };
}

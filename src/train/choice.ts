import { LabError } from "../core/errors.ts";
import type { Question } from "../core/run.ts";
import { mean } from "../core/shape.ts";

export interface Choice {
  index: number; // of the option
  text: string;
  option_scores: Record<string, number>; // s by option key, nats per token
}

/**
 * The option with the highest mean log-probability, the first of equals; `logprobs` are its tokens', in the options' order.
 * @throws LabError not-finite when the model gave no number
 */
export function bestOption(
  { question, options }: Pick<Question, "question" | "options">,
  logprobs: readonly Float32Array[],
): Choice {
  const scores = logprobs.map((tokens) => mean(tokens)!); // an end-of-turn token at least
  if (!scores.every(Number.isFinite)) {
    throw new LabError("not-finite", `"${question}": an option's log-probability is not a number`);
  }
  const entries = Object.entries(options);
  const index = scores.indexOf(Math.max(...scores));
  return {
    index,
    text: entries[index]![1],
    option_scores: Object.fromEntries(entries.map(([key], o) => [key, scores[o]!])),
  };
}

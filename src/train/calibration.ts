/** Is it surer when it knows? (method.md §3, "Measures besides") */
import type { FurtherMeasures, Question } from "../core/run.ts";
import { mean } from "../core/shape.ts";
import { type Answer, leadOf } from "./answers.ts";

/** By how much the chosen option leads the second, nats per token, where it is right and where it is wrong. */
export function calibration(
  questions: readonly Question[],
  answers: readonly (Answer | null)[],
): Pick<FurtherMeasures, "test_scored" | "margin_right" | "margin_wrong"> {
  const scored = answers.flatMap((answer, i) =>
    answer === null
      ? []
      : [{ right: answer.text === questions[i]!.answer, margin: leadOf(answer.option_scores ?? {}) }],
  );
  const of = (right: boolean): number | null =>
    mean(scored.filter((answer) => answer.right === right).map(({ margin }) => margin));
  return { test_scored: scored.length, margin_right: of(true), margin_wrong: of(false) };
}

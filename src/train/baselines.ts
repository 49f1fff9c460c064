/** What can be had without reading or knowing anything (method.md §5): shown beside every result. */
import type { Baselines, Question } from "../core/run.ts";
import { mean } from "../core/shape.ts";

/**
 * Expected accuracy of three simple guessers over the questions that have options; null where there are none. Equal
 * candidates share the credit. `string_in_context` picks among the options whose text occurs in the question's passages,
 * case apart, and among all of them where none does.
 */
export function baselines(questions: readonly Question[], passages: readonly string[][]): Baselines {
  const withOptions = questions.map((question, i) => ({
    question,
    text: passages[i]!.join("\n").toLowerCase(),
  }));
  const over = (candidates: (options: string[], text: string) => string[]): number | null =>
    mean(
      withOptions
        .filter(({ question }) => Object.keys(question.options).length > 0)
        .map(({ question, text }) => {
          const picked = candidates(Object.values(question.options), text);
          return picked.includes(question.answer) ? 1 / picked.length : 0;
        }),
    );
  return {
    chance: over((options) => options),
    longest_option: over((options) =>
      options.filter((o) => o.length === Math.max(...options.map((p) => p.length))),
    ),
    string_in_context: over((options, text) => {
      const found = options.filter((option) => text.includes(option.toLowerCase()));
      return found.length > 0 ? found : options;
    }),
  };
}

/** What can be had without reading or knowing anything (method.md §5): shown beside every result. */
import type { Baselines, Question } from "./run.ts";
import { mean } from "./shape.ts";

/**
 * Expected accuracy of four simple guessers over the questions that have options; null where there are none. Equal
 * candidates share the credit. `string_in_context` picks among the options whose text occurs in the question's passages,
 * case apart, and among all of them where none does; `answer_prior` the option that is most often the answer of a
 * question of `train`, of the same relation where the question has one that occurs there.
 */
export function baselines(
  questions: readonly Question[],
  passages: readonly string[][],
  train: readonly Question[],
): Baselines {
  const withOptions = questions.flatMap((question, i) => {
    const options = Object.values(question.options);
    return options.length === 0 ? [] : [{ question, options, text: passages[i]!.join("\n").toLowerCase() }];
  });
  const over = (
    candidates: (options: string[], text: string, question: Question) => string[],
  ): number | null =>
    mean(
      withOptions.map(({ question, options, text }) => {
        const picked = candidates(options, text, question);
        return picked.includes(question.answer) ? 1 / picked.length : 0;
      }),
    );
  const common = answerCounts(train);
  return {
    chance: over((options) => options),
    longest_option: over((options) => mostOf(options, (option) => option.length)),
    string_in_context: over((options, text) => {
      const found = options.filter((option) => text.includes(option.toLowerCase()));
      return found.length > 0 ? found : options;
    }),
    answer_prior:
      train.length === 0
        ? null
        : over((options, _, question) => mostOf(options, (option) => common(question, option))),
  };
}

/** How often a text is the answer to a training question of a question's relation. */
function answerCounts(train: readonly Question[]): (question: Question, text: string) => number {
  const EVERYWHERE = null;
  const counts = new Map<string | null, Map<string, number>>();
  for (const { answer, relation } of train) {
    for (const where of new Set([EVERYWHERE, relation])) {
      const answers = counts.get(where) ?? new Map<string, number>();
      counts.set(where, answers.set(answer, (answers.get(answer) ?? 0) + 1));
    }
  }
  return ({ relation }, text) => (counts.get(relation) ?? counts.get(EVERYWHERE))?.get(text) ?? 0;
}

/** The options of which there is most, all of them where several are equal. */
function mostOf(options: string[], of: (option: string) => number): string[] {
  const most = Math.max(...options.map(of));
  return options.filter((option) => of(option) === most);
}

/** How long what goes through the model together can get: what memory is planned by. */
import type { RunConfig } from "../core/config.ts";
import { sum } from "../core/shape.ts";
import type { RunData } from "./context.ts";
import { MAX_ANSWER_TOKENS, MAX_NEW_TOKENS } from "./greedily.ts";
import type { Prompts } from "./prompts.ts";

const LEAD_TOKENS = 8; // " The answer is" and the full stop, in any tokenizer

/** Tokens of the longest prompt with all that is scored, generated or trained after it, over questions and passages. */
export function longestTogether(
  config: Pick<RunConfig, "answers" | "explain_every">,
  data: RunData,
  Z: { train: readonly string[][]; test: readonly string[][] },
  prompts: Prompts,
): number {
  const explains = config.answers === "response" || config.explain_every > 0;
  const lengths = (["train", "test"] as const).flatMap((set) =>
    data[set].flatMap((question, i) => {
      const passages = Z[set][i]!;
      const answers = sum(Object.values(question.options).map((text) => prompts.completion(text).length));
      const asking = prompts.elicit ? LEAD_TOKENS + Math.max(MAX_ANSWER_TOKENS, 2 * answers) : 0;
      return [
        prompts.ask(question, passages, false).length + answers,
        explains ? prompts.ask(question, passages, true).length + MAX_NEW_TOKENS + asking : 0,
        ...passages.map((text) => 1 + prompts.passage(text).completion.length),
      ];
    }),
  );
  return lengths.reduce((most, length) => Math.max(most, length), 0);
}

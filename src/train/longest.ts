/** How long what goes through the model together can get: what memory is planned by. */
import type { RunConfig } from "../core/config.ts";
import { sum } from "../core/shape.ts";
import { MAX_NEW_TOKENS } from "./answers.ts";
import type { RunData } from "./context.ts";
import type { Prompts } from "./prompts.ts";

/** Tokens of the longest prompt with all that is scored, generated or trained after it, over questions and passages. */
export function longestTogether(
  config: Pick<RunConfig, "answers" | "explain_every">,
  data: RunData,
  Z: { train: readonly string[][]; test: readonly string[][] },
  prompts: Prompts,
): number {
  const explains = config.answers === "response" || config.explain_every > 0;
  const lengths = (["train", "test"] as const).flatMap((set) =>
    data[set].flatMap(({ question, options }, i) => {
      const passages = Z[set][i]!;
      const answers = sum(Object.values(options).map((text) => prompts.completion(text).length));
      return [
        prompts.ask(question, passages, false).length + answers,
        explains ? prompts.ask(question, passages, true).length + MAX_NEW_TOKENS : 0,
        ...passages.map((text) => 1 + prompts.passage(text).completion.length),
      ];
    }),
  );
  return lengths.reduce((most, length) => Math.max(most, length), 0);
}

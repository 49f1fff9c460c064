/** How long what goes through the model together can get: what memory is planned by. */
import type { RunConfig } from "../core/config.ts";
import type { Question } from "../core/run.ts";
import { sum } from "../core/shape.ts";
import type { RunData } from "./context.ts";
import { type Form, formsOf } from "./forms.ts";
import { MAX_ANSWER_TOKENS, MAX_NEW_TOKENS } from "./greedily.ts";
import { objectives } from "./objectives/registry.ts";
import type { Prompts } from "./prompts.ts";
import { goldCompletion } from "./taught.ts";

const LEAD_TOKENS = 8; // " The answer is" and the full stop, in any tokenizer

/**
 * Tokens of the longest prompt with all that is scored, generated or trained after it, over questions and passages. Training
 * questions come in all their wordings.
 */
export function longestTogether(
  config: Pick<
    RunConfig,
    "answers" | "explain_every" | "objective" | "credit" | "retain" | "retain_data" | "chains"
  >,
  data: Pick<RunData, "train" | "test">,
  Z: { train: readonly string[][]; test: readonly string[][] },
  prompts: Prompts,
): number {
  const { needs } = objectives[config.objective];
  const forms = formsOf(config);
  const explains = forms.includes("explain") || config.explain_every > 0;
  const weighed = needs.includes("gold") && needs.includes("credit") && config.credit > 0;
  const kept = !needs.includes("preferred") && config.retain > 0 && config.retain_data === null;
  const gold = (question: Question, form: Form): number => goldCompletion(prompts, question, form).length;
  const lengths = (["train", "test"] as const).flatMap((set) =>
    data[set].flatMap((question, i) => {
      const passages = Z[set][i]!;
      const open = (form: Form): number => prompts.ask(question, passages, form === "explain").length;
      const options = sum(Object.values(question.options).map((text) => prompts.completion(text).length));
      const asking = prompts.elicit ? LEAD_TOKENS + Math.max(MAX_ANSWER_TOKENS, 2 * options) : 0;
      const taught = set === "train" && (weighed || kept) ? forms : []; // gold, open book
      return [
        open("brief") + (options > 0 ? options : MAX_ANSWER_TOKENS),
        explains ? open("explain") + MAX_NEW_TOKENS + asking : 0,
        ...taught.map((form) => open(form) + gold(question, form)),
        ...passages.map((text) => 1 + prompts.passage(text).completion.length),
      ];
    }),
  );
  if (config.chains > 0) {
    // A chain is hardly longer than two questions and what is taught of each.
    const halves = data.train.map((question) => {
      const said = needs.includes("gold") ? gold(question, "explain") : MAX_NEW_TOKENS;
      return prompts.ask(question, [], true).length + said;
    });
    lengths.push(2 * longest(halves));
  }
  return longest(lengths);
}

const longest = (lengths: readonly number[]): number =>
  lengths.reduce((most, length) => Math.max(most, length), 0);

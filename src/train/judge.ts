/** The base as a judge of questions: no word of its own, only how likely each option is (docs/lab.md of the specification, 1c E). */
import type { OptionSitting } from "../core/run.ts";
import { mean } from "../core/shape.ts";
import type { Inference } from "../model/policy.ts";
import { fitContext } from "./fitContext.ts";
import type { Prompts } from "./prompts.ts";

/**
 * s(option | prompt) of every option of every sitting, nats per token, by the base. Passages are fitted to a context of
 * `positions` tokens, as a run's are.
 * @param onProgress is told how many sittings are done
 */
export async function scoreOptions(
  sittings: readonly OptionSitting[],
  { policy, prompts, encode, positions }: Reader,
  onProgress?: (done: number) => void,
): Promise<number[][]> {
  const found = sittings.map(({ passages }) =>
    passages.map((text, index) => ({ index, text, title: null, score: 0 })),
  );
  const asked = sittings.map(({ question, options }) => [question, ...options].join(" "));
  const fitted = fitContext(asked, found, positions, encode);
  const requests = sittings.map(({ question, options }, i) => ({
    context: prompts.ask(
      { question, options: lettered(options) },
      fitted[i]!.map(({ text }) => text),
      false,
    ),
    completions: options.map(prompts.completion),
  }));
  const logprobs = await policy.score(requests, false, onProgress);
  return logprobs.map((options) => options.map((tokens) => mean(tokens)!)); // an end-of-turn token at least
}

/** The model as it reads: `positions` are its context's tokens. */
interface Reader {
  policy: Inference;
  prompts: Prompts;
  encode(text: string): readonly number[];
  positions: number;
}

const lettered = (options: readonly string[]): Record<string, string> =>
  Object.fromEntries(options.map((text, i) => [String.fromCharCode(65 + i), text]));

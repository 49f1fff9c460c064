/** The base as a judge of questions: no word of its own, only how likely each option is (docs/lab.md of the specification, 1c E). */
import type { OptionSitting } from "../core/run.ts";
import { mean } from "../core/shape.ts";
import type { Inference } from "../model/policy.ts";
import type { Prompts } from "./prompts.ts";

/**
 * s(option | prompt) of every option of every sitting, nats per token, by the base.
 * @param onProgress is told how many sittings are done
 */
export async function scoreOptions(
  sittings: readonly OptionSitting[],
  policy: Inference,
  prompts: Prompts,
  onProgress?: (done: number) => void,
): Promise<number[][]> {
  const requests = sittings.map(({ question, options, passages }) => ({
    context: prompts.ask({ question, options: lettered(options) }, passages, false),
    completions: options.map(prompts.completion),
  }));
  const logprobs = await policy.score(requests, false, onProgress);
  return logprobs.map((options) => options.map((tokens) => mean(tokens)!)); // an end-of-turn token at least
}

const lettered = (options: readonly string[]): Record<string, string> =>
  Object.fromEntries(options.map((text, i) => [String.fromCharCode(65 + i), text]));

/** A question answered by the model, in either of the two ways of method.md §2. */
import { LabError } from "../core/errors.ts";
import type { Question } from "../core/run.ts";
import { mean } from "../core/shape.ts";
import type { GenerateRequest, Policy } from "../model/policy.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";
import type { Prompts } from "./prompts.ts";
import { splitResponse } from "./response.ts";

/** Plain data: a checkpoint keeps it. */
export interface Answer {
  text: string; // the chosen option, or the answer taken out of the response ("" where it names none)
  completion: number[]; // y: token ids with the end-of-turn token
  explanation: string | null; // null when an option was chosen
  option_scores: Record<string, number> | null; // s(option | prompt) by option key, nats per token
}

/** Who answers, with what in the prompt. */
export interface Sitting {
  policy: Policy;
  tokenizer: ChatTokenizer;
  prompts: Prompts;
  passages: string[][] | null; // per question, best first; null = closed book
  adapter: boolean; // false = the base
  onProgress?: (questions: number) => void;
  onTokens?: (tokens: number) => void; // tokens that went through the model, once they have
}

export const MAX_NEW_TOKENS = 64; // of a response
export const MAX_THINKING_TOKENS = 512; // of one that thinks aloud first

/**
 * Chooses the option with the highest mean log-probability, the first of equals; null for a question without options.
 * @throws LabError not-finite when the model gives no number
 */
export async function chooseOptions(
  questions: readonly Question[],
  sitting: Sitting,
): Promise<(Answer | null)[]> {
  const { policy, prompts, passages, adapter, onProgress, onTokens } = sitting;
  const asked = questions.flatMap((question, i) => {
    const options = Object.entries(question.options);
    if (options.length === 0) return [];
    const context = prompts.ask(question.question, passages?.[i] ?? [], false);
    return [
      { i, options, request: { context, completions: options.map(([, text]) => prompts.completion(text)) } },
    ];
  });
  const requests = asked.map(({ request }) => request);
  const logprobs = await policy.score(requests, adapter, onProgress);
  onTokens?.(requests.reduce((n, r) => n + r.context.length + r.completions.flat().length, 0));
  const answers: (Answer | null)[] = questions.map(() => null);
  asked.forEach(({ i, options, request }, at) => {
    const scores = logprobs[at]!.map((tokens) => mean(tokens)!); // an end-of-turn token at least
    if (!scores.every(Number.isFinite)) {
      throw new LabError(
        "not-finite",
        `"${questions[i]!.question}": an option's log-probability is not a number`,
      );
    }
    const best = scores.indexOf(Math.max(...scores));
    answers[i] = {
      text: options[best]![1],
      completion: request.completions[best]!,
      explanation: null,
      option_scores: Object.fromEntries(options.map(([key], o) => [key, scores[o]!])),
    };
  });
  return answers;
}

/** Lets the model explain, then answer: greedily, at most 64 new tokens. */
export async function respond(questions: readonly Question[], sitting: Sitting): Promise<Answer[]> {
  const { policy, tokenizer, prompts, passages, adapter, onProgress, onTokens } = sitting;
  const requests = questions.map(({ question }, i) =>
    greedily(prompts.ask(question, passages?.[i] ?? [], true), tokenizer.stopIds),
  );
  const generated = await policy.generate(requests, adapter, onProgress);
  onTokens?.(requests.reduce((n, { prompt }, i) => n + prompt.length + generated[i]!.length, 0));
  return generated.map((ids) => {
    const completion = prompts.generated(ids);
    const { explanation, answer } = splitResponse(tokenizer.decode(completion.slice(0, -1)));
    return { text: answer, completion, explanation, option_scores: null };
  });
}

/** The most probable token each time, up to one that stops. */
export const greedily = (
  prompt: number[],
  stopIds: readonly number[],
  max_new_tokens = MAX_NEW_TOKENS,
): GenerateRequest => ({
  prompt,
  max_new_tokens,
  stop_ids: [...stopIds],
  temperature: 0,
  top_k: 0,
  top_p: 1,
  seed: 0, // never drawn from
});

/** By how much the best option leads the second, nats per token; 0 where there is no second. */
export function leadOf(scores: Record<string, number>): number {
  const [best, second] = Object.values(scores).sort((a, b) => b - a);
  return best === undefined || second === undefined ? 0 : best - second;
}

/** The share of questions whose chosen option is the gold answer; null where none has options. */
export function accuracy(questions: readonly Question[], answers: readonly (Answer | null)[]): number | null {
  return mean(
    answers.flatMap((answer, i) => (answer === null ? [] : [Number(answer.text === questions[i]!.answer)])),
  );
}

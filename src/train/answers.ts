/** A question answered by the model, in either of the two ways of method.md §2. */
import type { Question } from "../core/run.ts";
import { mean } from "../core/shape.ts";
import type { Inference } from "../model/policy.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";
import { bestOption } from "./choice.ts";
import { finishResponses, type Generated } from "./elicit.ts";
import { greedily, MAX_ANSWER_TOKENS, MAX_NEW_TOKENS } from "./greedily.ts";
import type { Prompts } from "./prompts.ts";

/** Plain data: a checkpoint keeps it. */
export interface Answer {
  text: string; // the chosen option, or the answer taken out of the response ("" where it names none)
  completion: number[]; // y: token ids with the end-of-turn token
  explanation: string | null; // null when an option was chosen
  option_scores: Record<string, number> | null; // s(option | what came before it) by option key, nats per token
  asked?: boolean; // a response did not say its answer: it was asked for
}

/** Who answers, with what in the prompt. */
export interface Sitting {
  policy: Inference;
  tokenizer: ChatTokenizer;
  prompts: Prompts;
  passages: string[][] | null; // per question, best first; null = closed book
  adapter: boolean; // false = the base
  onProgress?: (questions: number) => void;
  onTokens?: (tokens: number) => void; // tokens that went through the model, once they have
}

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
    const options = Object.values(question.options);
    if (options.length === 0) return [];
    const context = prompts.ask(question, passages?.[i] ?? [], false);
    return [{ i, request: { context, completions: options.map(prompts.completion) } }];
  });
  const requests = asked.map(({ request }) => request);
  const logprobs = await policy.score(requests, adapter, onProgress);
  onTokens?.(requests.reduce((n, r) => n + r.context.length + r.completions.flat().length, 0));
  const answers: (Answer | null)[] = questions.map(() => null);
  asked.forEach(({ i, request }, at) => {
    const { index, text, option_scores } = bestOption(questions[i]!, logprobs[at]!);
    answers[i] = { text, completion: request.completions[index]!, explanation: null, option_scores };
  });
  return answers;
}

/** How a response is drawn; greedy where none is given. */
export interface Draw {
  temperature: number;
  seed: number;
}

/**
 * Lets the model explain, then answer: at most 64 new tokens, greedily unless `draws` has a way for each question; what it
 * did not say is asked for where the prompts elicit.
 */
export async function respond(
  questions: readonly Question[],
  sitting: Sitting,
  draws?: readonly Draw[],
): Promise<Answer[]> {
  return finishResponses(await generateFor(questions, sitting, true, MAX_NEW_TOKENS, draws), sitting);
}

/** A brief answer to every question: the best option, or in the model's own words, greedily, where there are none. */
export async function answerBriefly(questions: readonly Question[], sitting: Sitting): Promise<Answer[]> {
  const chosen = await chooseOptions(questions, sitting);
  const open = chosen.flatMap((answer, i) => (answer === null ? [i] : []));
  if (open.length === 0) return chosen.filter((answer) => answer !== null);
  const { passages } = sitting;
  const said = await sayBriefly(
    open.map((i) => questions[i]!),
    { ...sitting, passages: passages && open.map((i) => passages[i]!) },
  );
  open.forEach((i, at) => {
    chosen[i] = said[at]!;
  });
  return chosen.filter((answer) => answer !== null); // every gap is filled
}

/** A brief answer in the model's own words, whether or not there are options: at most 24 new tokens, greedily unless `draws` has a way for each. */
export async function sayBriefly(
  questions: readonly Question[],
  sitting: Sitting,
  draws?: readonly Draw[],
): Promise<Answer[]> {
  const generated = await generateFor(questions, sitting, false, MAX_ANSWER_TOKENS, draws);
  return generated.map(({ ids }) => {
    const completion = sitting.prompts.generated(ids);
    const text = sitting.tokenizer.decode(completion.slice(0, -1)).trim();
    return { text, completion, explanation: null, option_scores: null };
  });
}

/** What the model says to each question in the form asked for. */
async function generateFor(
  questions: readonly Question[],
  { policy, tokenizer, prompts, passages, adapter, onProgress, onTokens }: Sitting,
  explain: boolean,
  maxNewTokens: number,
  draws?: readonly Draw[],
): Promise<Generated[]> {
  const requests = questions.map((question, i) => ({
    ...greedily(prompts.ask(question, passages?.[i] ?? [], explain), tokenizer.stopIds, maxNewTokens),
    ...draws?.[i],
  }));
  const generated = await policy.generate(requests, adapter, onProgress);
  onTokens?.(requests.reduce((n, { prompt }, i) => n + prompt.length + generated[i]!.length, 0));
  return questions.map((question, i) => ({ question, prompt: requests[i]!.prompt, ids: generated[i]! }));
}

/** Whether an answer is an option that was chosen, and so stands as it is written. */
export const isChoice = ({ explanation, option_scores }: Answer): boolean =>
  explanation === null && option_scores !== null;

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

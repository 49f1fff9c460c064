/** What was generated as an explanation, made a whole response (method.md §2, "Responses of any model"). */
import { sum } from "../core/shape.ts";
import type { Inference } from "../model/policy.ts";
import type { Answer, Sitting } from "./answers.ts";
import { bestOption } from "./choice.ts";
import { greedily, MAX_ANSWER_TOKENS } from "./greedily.ts";
import type { Asked } from "./prompts.ts";
import { answered, asking, saidAnswer, shortAnswer, splitResponse, wholeSentences } from "./response.ts";

const TORN = "\uFFFD"; // what decodes from part of a character; nobody should learn to say it, three tokens each

/** Who is asked, in the middle of a response. */
type Speaker = Pick<Sitting, "tokenizer" | "prompts" | "adapter" | "onTokens"> & { policy: Inference };

/** What was generated (the token that stopped it included) after a prompt that shows the question. */
export interface Generated {
  question: Asked;
  prompt: number[];
  ids: readonly number[];
}

/**
 * The answers in what was generated. Where the prompts elicit, one that was not said is asked for, and y is
 * "{explanation} The answer is {answer}." with the end-of-turn token; otherwise y is what was generated.
 */
export async function finishResponses(generated: readonly Generated[], speaker: Speaker): Promise<Answer[]> {
  const { tokenizer, prompts } = speaker;
  const answers: (Answer | null)[] = generated.map(({ ids }) => {
    const completion = prompts.generated(ids);
    const text = tokenizer.decode(completion.slice(0, -1));
    const parts = prompts.elicit ? saidAnswer(text) : splitResponse(text);
    return parts && { text: parts.answer, completion, explanation: parts.explanation, option_scores: null };
  });
  const unsaid = generated.flatMap(({ question, prompt, ids }, i) => {
    const text = tokenizer.decode(prompts.generated(ids).slice(0, -1)).replaceAll(TORN, "");
    return answers[i] === null ? [{ i, question, prompt, explanation: wholeSentences(text) }] : [];
  });
  const hasOptions = ({ question }: Unsaid): boolean => Object.keys(question.options).length > 0;
  const found = [
    ...(await askOptions(unsaid.filter(hasOptions), speaker)),
    ...(await askFreely(
      unsaid.filter((one) => !hasOptions(one)),
      speaker,
    )),
  ];
  for (const { i, explanation, text, option_scores } of found) {
    const completion = prompts.completion(answered(explanation, text));
    answers[i] = { text, completion, explanation, option_scores, asked: true };
  }
  return answers.map((answer) => answer!); // said, or asked for
}

interface Unsaid extends Omit<Generated, "ids"> {
  i: number;
  explanation: string;
}
type Found = Pick<Unsaid, "i" | "explanation"> & Pick<Answer, "text" | "option_scores">;

/** The option that follows best. */
async function askOptions(unsaid: readonly Unsaid[], speaker: Speaker): Promise<Found[]> {
  const { prompts, policy, adapter, onTokens } = speaker;
  if (unsaid.length === 0) return [];
  const requests = unsaid.map(({ question, prompt, explanation }) => {
    const rests = Object.values(question.options).map((text) => ` ${text}.`);
    return prompts.continued(prompt, asking(explanation), rests);
  });
  const logprobs = await policy.score(requests, adapter);
  onTokens?.(sum(requests.map((r) => r.context.length + r.completions.flat().length)));
  return unsaid.map(({ i, explanation, question }, at) => {
    const { text, option_scores } = bestOption(question, logprobs[at]!);
    return { i, explanation, text, option_scores };
  });
}

/** The first words that follow, up to a line end, a full stop or the end of the turn. */
async function askFreely(unsaid: readonly Unsaid[], speaker: Speaker): Promise<Found[]> {
  const { prompts, policy, adapter, onTokens, tokenizer } = speaker;
  if (unsaid.length === 0) return [];
  const requests = unsaid.map(({ prompt, explanation }) =>
    greedily(
      prompts.continued(prompt, asking(explanation), []).context,
      tokenizer.stopIds,
      MAX_ANSWER_TOKENS,
    ),
  );
  const generated = await policy.generate(requests, adapter);
  onTokens?.(sum(requests.map(({ prompt }, at) => prompt.length + generated[at]!.length)));
  return unsaid.map(({ i, explanation }, at) => {
    const text = tokenizer.decode(prompts.generated(generated[at]!).slice(0, -1));
    return { i, explanation, text: shortAnswer(text), option_scores: null };
  });
}

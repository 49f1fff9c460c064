/** What the open book added to one answer, token by token as `credit` counts it, and sentence by sentence of the passages. */
import type { RunConfig } from "../core/config.ts";
import type { ModelWords } from "../core/modelWords.ts";
import type { BookAdded, Question, RetrievedPassage } from "../core/run.ts";
import { sentences } from "../core/sentences.ts";
import type { Inference } from "../model/policy.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";
import { answerBriefly, respond, type Sitting } from "./answers.ts";
import { creditOf } from "./credit.ts";
import { formsOf } from "./forms.ts";
import { openPrompts } from "./prompts.ts";
import { isRight } from "./reward.ts";

/** Sentences left out one at a time, best passages first; each costs a scoring of the whole prompt. */
const MOST_SENTENCES = 24;

/** A passage in pieces, and what it is without each. */
export function withoutEach(text: string): { sentence: string; rest: string }[] {
  let from = 0;
  return sentences(text).map((sentence) => {
    const at = text.indexOf(sentence, from); // a sentence may stand there twice
    from = at + sentence.length;
    return { sentence, rest: `${text.slice(0, at)}${text.slice(from)}`.trim() };
  });
}

/**
 * The base answers with the passages, in every form of the run; each token of that answer is scored with them, without
 * them, and without each sentence of them.
 */
export async function bookAdded(
  { policy, tokenizer }: { policy: Inference; tokenizer: ChatTokenizer },
  config: Pick<RunConfig, "answers" | "credit"> & ModelWords,
  question: Question,
  passages: readonly RetrievedPassage[],
): Promise<BookAdded[]> {
  const prompts = openPrompts(tokenizer, config);
  const Z = passages.map(({ text }) => text);
  const sitting: Sitting = { policy, tokenizer, prompts, adapter: false, passages: [Z] };
  const added: BookAdded[] = [];
  for (const form of formsOf(config)) {
    const explain = form === "explain";
    const [answer] = await (explain ? respond : answerBriefly)([question], sitting);
    const { completion } = answer!; // one question asked, one answered
    const pieces = Z.flatMap((text, p) => withoutEach(text).map((piece) => ({ ...piece, p })));
    const left = pieces.slice(0, MOST_SENTENCES);
    const books = [Z, [], ...left.map(({ p, rest }) => Z.with(p, rest).filter((text) => text !== ""))];
    const requests = books.map((book) => ({
      context: prompts.ask(question, book, explain),
      completions: [completion],
    }));
    const scored = await policy.score(requests, false);
    const [open, closed, ...without] = scored.map(([logprobs]) => logprobs!);
    const total = sum(open!);
    const texts = tokenizer.tokenTexts(completion);
    const weights = creditOf(open!, closed!, config.credit);
    added.push({
      form,
      text: answer!.text,
      correct: isRight(question, answer!),
      tokens: texts.map((text, t) => ({ text, open: open![t]!, closed: closed![t]!, weight: weights[t]! })),
      sentences: Z.map((_, p) =>
        pieces.flatMap((piece, i) =>
          piece.p !== p
            ? []
            : [{ text: piece.sentence, added: without[i] === undefined ? null : total - sum(without[i]) }],
        ),
      ),
    });
  }
  return added;
}

const sum = (logprobs: Float32Array): number => logprobs.reduce((total, x) => total + x, 0);

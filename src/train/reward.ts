/** reward = accuracy × rationality, each in [0, 1] (method.md §2.3 and §4). */
import { names, optionMeant, sameAnswer, saysSomething } from "../core/answers.ts";
import type { Question, RationalityParts } from "../core/run.ts";
import { sentences } from "../core/sentences.ts";
import { bm25Rank, openBm25, words } from "../core/text.ts";
import { type Answer, isChoice, leadOf } from "./answers.ts";
import type { ResponseParts } from "./response.ts";

// Words that carry no content (method.md §4).
const STOP = new Set(
  (
    "a an and are as at be been by did do does for from had has have he her his how in is it its of on or she that the " +
    "their them they this to was were what when where which who whom whose why will with"
  ).split(" "),
);

/** Least lead of the best option over the second, open book, that counts as right without a gold answer. */
export const SURE_MARGIN = 0.1; // nats per token

/** Words of `text` with content: neither stop words nor words of the question. Repeats stay. */
export function contentWords(text: string, question: string): string[] {
  const ofQuestion = new Set(words(question));
  return words(text).filter((word) => !STOP.has(word) && !ofQuestion.has(word));
}

/** What an explanation should have said: the gold evidence, else the sentence of Z that fits question + answer best. */
export function keySentence(
  evidence: string | null,
  question: string,
  answer: string,
  passages: string[],
): string {
  if (evidence !== null) return evidence;
  const all = passages.flatMap(sentences);
  const best = bm25Rank(openBm25(all), `${question} ${answer}`)[0];
  return best === undefined ? "" : all[best.index]!;
}

/**
 * The parts of an explanation's rationality; `rationality` is valid × F1(grounded precision, grounded recall), and ×
 * `entailed` where that is not null. `evidence` and `answer` are the gold ones where they may be used, else null and the
 * response's own answer.
 */
export function rationality(
  question: Question,
  response: ResponseParts,
  passages: string[],
  gold: boolean,
  entailed: number | null = null,
): RationalityParts {
  const { explanation } = response;
  const valid = isValid(question, response) ? 1 : 0;
  const evidence = gold ? question.evidence : null;
  const answer = gold ? question.answer : response.answer;
  const said = contentWords(explanation, question.question);
  const key = contentWords(keySentence(evidence, question.question, answer, passages), question.question);
  const grounded_precision = shareIn(said, new Set(passages.flatMap(words)));
  const grounded_recall = shareIn(key, new Set(said));
  const both = grounded_precision + grounded_recall;
  const f1 = both > 0 ? (2 * grounded_precision * grounded_recall) / both : 0;
  const product = valid * f1 * (entailed ?? 1);
  return { valid, grounded_precision, grounded_recall, entailed, rationality: product };
}

/** There is an answer, and the explanation names it or names no other option. */
function isValid(question: Question, { explanation, answer }: ResponseParts): boolean {
  const options = Object.values(question.options);
  if (!saysSomething(answer) && optionMeant(options, answer) === undefined) return false;
  const others = options.filter((option) => !sameAnswer(option, answer));
  return names(explanation, answer) || !others.some((option) => names(explanation, option));
}

const shareIn = (found: string[], where: Set<string>): number =>
  found.length === 0 ? 0 : found.filter((word) => where.has(word)).length / found.length;

/** An answer's mark. Plain data: a checkpoint keeps it. */
export interface Grade {
  accuracy: number; // 0 or 1
  rationality: RationalityParts | null; // null when an option was chosen: there is no explanation, it counts as 1
  reward: number;
}

/**
 * Marks an answer. With `choice` null the gold answer decides; otherwise the gold answer and evidence are not looked at,
 * and the answer counts as right when it is the option that the same model, open book, prefers by `SURE_MARGIN`.
 * `entailed` is a further factor of its rationality, null where it was not computed (entailed.ts).
 */
export function grade(
  question: Question,
  answer: Answer,
  passages: string[],
  choice: Answer | null,
  entailed: number | null = null,
): Grade {
  const right = choice === null ? isRight(question, answer) : isSure(question, answer, choice);
  const accuracy = right ? 1 : 0;
  if (answer.explanation === null) return { accuracy, rationality: null, reward: accuracy };
  const response = { explanation: answer.explanation, answer: answer.text };
  const parts = rationality(question, response, passages, choice === null, entailed);
  return { accuracy, rationality: parts, reward: accuracy * parts.rationality };
}

/** A chosen option is compared as it stands, words of the model's own by what they say (core/answers.ts). */
export const isRight = (question: Question, answer: Answer): boolean =>
  isChoice(answer) ? answer.text === question.answer : says(question, answer.text, question.answer);

const isSure = (question: Question, answer: Answer, choice: Answer): boolean =>
  leadOf(choice.option_scores ?? {}) >= SURE_MARGIN && says(question, answer.text, choice.text);

/** Whether the model's words are this answer: with options, this one of them and no other. */
function says({ options }: Question, text: string, answer: string): boolean {
  const all = Object.values(options);
  return all.includes(answer) ? optionMeant(all, text) === answer : sameAnswer(text, answer);
}

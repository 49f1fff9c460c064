import { saysSomething } from "../core/answers.ts";
import { sentences } from "../core/sentences.ts";

/** A generated response taken apart: `{explanation} The answer is {answer}.` (method.md §2, response mode). */
export interface ResponseParts {
  explanation: string;
  answer: string; // empty when the response names none
}

const BEFORE_ANSWER = "The answer is ";
const SAYS = /\bthe answer is:?\s+/gi;

/** The answer is what follows the last "The answer is ", up to the final full stop. `text` has no end-of-turn token. */
export function splitResponse(text: string): ResponseParts {
  const at = text.lastIndexOf(BEFORE_ANSWER);
  if (at < 0) return { explanation: text.trim(), answer: "" };
  const answer = text.slice(at + BEFORE_ANSWER.length).trim();
  return {
    explanation: text.slice(0, at).trim(),
    answer: answer.endsWith(".") ? answer.slice(0, -1) : answer,
  };
}

/** The answer as a model says it in its own way, or null where it says none: what stands behind the last "the answer is". */
export function saidAnswer(text: string): ResponseParts | null {
  for (const { 0: says, index } of [...text.matchAll(SAYS)].reverse()) {
    const answer = shortAnswer(text.slice(index + says.length));
    if (saysSomething(answer)) return { explanation: text.slice(0, index).trim(), answer };
  }
  return null;
}

/** An answer without what follows it: up to the first line end or full stop. */
export function shortAnswer(text: string): string {
  const first = sentences(text)[0] ?? "";
  return first.endsWith(".") ? first.slice(0, -1) : first;
}

const WHOLE = /[.!?…。！？]["'”’)\]]*$/u;

/** A text cut after its last whole sentence; as it is where it has none. */
export function wholeSentences(text: string): string {
  let end = text.length;
  for (const sentence of sentences(text).reverse()) {
    const begin = text.lastIndexOf(sentence, end - sentence.length);
    if (WHOLE.test(sentence)) return text.slice(0, begin + sentence.length).trim();
    end = begin;
  }
  return text.trim();
}

/** What the model is taken to have said when it is asked for its answer. */
export const asking = (explanation: string): string => `${explanation} ${BEFORE_ANSWER}`.trim();

/** A whole response; where no answer came, the explanation by itself. */
export const answered = (explanation: string, answer: string): string =>
  answer === "" ? explanation : `${asking(explanation)} ${answer}.`;

const THINK_END = "</think>";

/** What a thinking model generated, taken apart. Some templates write `<think>` themselves, and the answer may never come. */
export function splitThinking(generated: string): { text: string; thinking: string | null } {
  const end = generated.lastIndexOf(THINK_END);
  const begun = generated.trimStart().startsWith("<think>");
  if (end < 0 && !begun) return { text: generated.trim(), thinking: null };
  const thought = end < 0 ? generated : generated.slice(0, end);
  return {
    text: end < 0 ? "" : generated.slice(end + THINK_END.length).trim(),
    thinking: thought.replace("<think>", "").trim(),
  };
}

/** The response a model is taught to give: the evidence, then the answer. */
export const goldResponse = (evidence: string, answer: string): string => answered(evidence, answer);

/** A generated response taken apart: `{explanation} The answer is {answer}.` (method.md §2, response mode). */
export interface ResponseParts {
  explanation: string;
  answer: string; // empty when the response names none
}

const BEFORE_ANSWER = "The answer is ";

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
export const goldResponse = (evidence: string, answer: string): string =>
  `${evidence} ${BEFORE_ANSWER}${answer}.`;

/** The words put to the model, exactly as method.md §2 has them, as token ids. */
import type { Sequence } from "../model/policy.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";

/** The user's turn: passages (best first; none closed book), the question, and how to answer. */
export function userTurn(question: string, passages: readonly string[], explain: boolean): string {
  const context = passages.length > 0 ? `Context:\n${passages.join("\n")}\n\n` : "";
  return `${context}Question: ${question}\n${explain ? "Explain, then answer." : "Answer briefly."}`;
}

/** Prompts and completions of one tokenizer. Whatever was asked once is remembered: a run asks for the same again. */
export interface Prompts {
  /** The chat turn, up to where the assistant begins to speak. */
  ask(question: string, passages: readonly string[], explain: boolean): number[];
  /** What the assistant says after a prompt: text + end-of-turn token, which counts in every mean. */
  completion(text: string): number[];
  /** What the model generated as a completion: ended as its turns end, however it stopped or was cut off. */
  generated(ids: readonly number[]): number[];
  /** A passage by itself: after the single begin token. */
  passage(text: string): Sequence;
}

/** What was generated without the token that stopped it. */
export const said = (
  ids: readonly number[],
  { stopIds }: Pick<ChatTokenizer, "stopIds">,
): readonly number[] => (stopIds.includes(ids.at(-1) ?? -1) ? ids.slice(0, -1) : ids);

export function openPrompts(tokenizer: ChatTokenizer): Prompts {
  const promptIds = remember(tokenizer.promptIds);
  const completion = remember(tokenizer.completionIds);
  const passage = remember((text) => [...tokenizer.encode(text), tokenizer.endOfTurn]);
  return {
    ask: (question, passages, explain) => promptIds(userTurn(question, passages, explain)),
    completion,
    generated: (ids) => [...said(ids, tokenizer), tokenizer.endOfTurn],
    passage: (text) => ({ context: [tokenizer.begin], completion: passage(text) }),
  };
}

function remember(encode: (text: string) => number[]): (text: string) => number[] {
  const known = new Map<string, number[]>();
  return (text) => {
    let ids = known.get(text);
    if (ids === undefined) {
      ids = encode(text);
      known.set(text, ids);
    }
    return ids;
  };
}

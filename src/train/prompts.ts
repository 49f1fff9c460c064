/** The words put to the model, exactly as method.md §2 has them, as token ids. */
import type { ModelWords } from "../core/modelWords.ts";
import type { Question } from "../core/run.ts";
import type { Sequence } from "../model/policy.ts";
import type { ChatTokenizer } from "../model/tokenizer.ts";

/** What of a question its prompt shows. */
export type Asked = Pick<Question, "question" | "options">;

/** The user's turn: passages (best first; none closed book), the question, the options where they are listed, and how to answer. */
export function userTurn(
  { question, options }: Asked,
  passages: readonly string[],
  explain: boolean,
  { prompt_brief, prompt_explain, list_options }: ModelWords,
): string {
  const context = passages.length > 0 ? `Context:\n${passages.join("\n")}\n\n` : "";
  const named = list_options ? Object.values(options) : [];
  const choices = named.length > 0 ? `Options: ${named.join("; ")}\n` : "";
  return `${context}Question: ${question}\n${choices}${explain ? prompt_explain : prompt_brief}`;
}

/** Prompts and completions of one tokenizer. Whatever was asked once is remembered: a run asks for the same again. */
export interface Prompts {
  /** The chat turn, up to where the assistant begins to speak. */
  ask(question: Asked, passages: readonly string[], explain: boolean): number[];
  /** What the assistant says after a prompt: text + end-of-turn token, which counts in every mean. */
  completion(text: string): number[];
  /** What the model generated as a completion: ended as its turns end, however it stopped or was cut off. */
  generated(ids: readonly number[]): number[];
  /** What the model has begun to say, and how it goes on: a prompt continued, and the ids of the rest. */
  continued(prompt: readonly number[], begun: string, rests: readonly string[]): Continued;
  /** A passage by itself: after the single begin token. */
  passage(text: string): Sequence;
  readonly elicit: boolean; // answers that were not said are asked for
}

export interface Continued {
  context: number[];
  completions: number[][]; // with the end-of-turn token
}

/** What was generated without the token that stopped it. */
export const said = (
  ids: readonly number[],
  { stopIds }: Pick<ChatTokenizer, "stopIds">,
): readonly number[] => (stopIds.includes(ids.at(-1) ?? -1) ? ids.slice(0, -1) : ids);

export function openPrompts(tokenizer: ChatTokenizer, words: ModelWords): Prompts {
  const promptIds = remember(tokenizer.promptIds);
  const completion = remember(tokenizer.completionIds);
  const passage = remember((text) => [...tokenizer.encode(text), tokenizer.endOfTurn]);
  return {
    ask: (question, passages, explain) => promptIds(userTurn(question, passages, explain, words)),
    completion,
    generated: (ids) => [...said(ids, tokenizer), tokenizer.endOfTurn],
    continued: (prompt, begun, rests) => {
      const first = tokenizer.begunIds(begun);
      return {
        context: [...prompt, ...first],
        completions: rests.map((rest) => {
          const whole = completion(begun + rest); // as training has it, in one piece
          const isSame = first.every((id, t) => whole[t] === id);
          return isSame ? whole.slice(first.length) : [...tokenizer.encode(rest), tokenizer.endOfTurn];
        }),
      };
    },
    passage: (text) => ({ context: [tokenizer.begin], completion: passage(text) }),
    elicit: words.elicit,
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

/** Passages as far as the model's context holds them, counted by its own tokenizer: the search knows the embedder's only. */
import type { RetrievedPassage } from "../core/run.ts";

/** What stands beside passages and question: the template, the instruction, listed options, an explanation and an answer. */
const REST = 256; // tokens, of a context of 1,024 and more; a quarter of a smaller one

/**
 * For each question its passages, best first, that fit a context of `positions` tokens beside it; one that does not is
 * passed over for the next. Where none fits, the beginning of the best one: text that takes many tokens, or a passage that
 * came ready-made and long, never stops a run.
 */
export function fitContext(
  questions: readonly string[],
  found: readonly (readonly RetrievedPassage[])[],
  positions: number,
  encode: (text: string) => readonly number[],
): RetrievedPassage[][] {
  const room = positions - Math.min(REST, positions >> 2);
  const lengths = new Map<string, number>(); // many questions share a passage
  const lengthOf = (text: string): number => {
    const known = lengths.get(text) ?? encode(text).length + 1; // and a line end
    lengths.set(text, known);
    return known;
  };
  return found.map((passages, i) => {
    let left = room - encode(questions[i]!).length;
    const fitting = passages.filter(({ text }) => {
      const length = lengthOf(text);
      if (length > left) return false;
      left -= length;
      return true;
    });
    const [best] = passages;
    if (fitting.length > 0 || best === undefined || left <= 1) return fitting;
    return [{ ...best, text: beginning(best.text, left, lengthOf) }];
  });
}

/** The longest beginning that a few cuts in proportion find, of whole words where there are spaces. */
function beginning(text: string, room: number, lengthOf: (text: string) => number): string {
  let part = text;
  for (let length = lengthOf(part); length > room && part !== ""; length = lengthOf(part)) {
    const share = part
      .slice(0, Math.floor((part.length * room * 0.95) / length))
      .replace(/[\uD800-\uDBFF]$/, "");
    const space = share.lastIndexOf(" ");
    part = space > share.length / 2 ? share.slice(0, space) : share;
  }
  return part;
}

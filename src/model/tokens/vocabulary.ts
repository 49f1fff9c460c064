/** Tokens and their ids. */
import type { TokenTable } from "./tokenTable.ts";
import { byteToken, utf8 } from "./unicode.ts";

export interface Vocabulary {
  /** The id of what may be found in a person's text: not of markup, which only the template writes (method.md §2). */
  idOf(token: string): number | undefined;
  /** The id of any token. */
  any(token: string): number | undefined;
  /** A text's bytes as SentencePiece's byte tokens; null where one of them has none. */
  bytesOf(text: string): number[] | null;
}

/**
 * @param table every token of the model's own vocabulary
 * @param markup the special tokens
 */
export function openVocabulary(table: TokenTable, markup: ReadonlySet<string>): Vocabulary {
  const any = (token: string): number | undefined => table.idOf(token);
  return {
    any,
    // a single character has no other spelling
    idOf: (token) => (token.length > 1 && markup.has(token) ? undefined : table.idOf(token)),
    bytesOf(text) {
      const found: number[] = [];
      for (const byte of utf8(text)) {
        const id = table.idOf(byteToken(byte));
        if (id === undefined) return null;
        found.push(id);
      }
      return found;
    },
  };
}

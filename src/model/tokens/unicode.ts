/**
 * Characters as tokenizer.json means them. White space is Unicode's White_Space (JavaScript's \s has U+FEFF in it and lacks
 * U+0085), a digit any \p{N}, and byte-level vocabularies write each byte as a visible character.
 */
import { onigurumaExpression } from "./oniguruma.ts";

export const STARTS_WITH_SPACE = /^\p{White_Space}+/u;
export const ENDS_WITH_SPACE = /\p{White_Space}+$/u;

/** The ASCII signs that Unicode calls symbols are punctuation too. */
export const PUNCTUATION = "\\p{P}$+<=>^`|~";

/** A word character of the original's \w. */
export const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";

/** A pattern of tokenizer.json: a text as it is, or an expression of Oniguruma. */
export interface Pattern {
  String?: string;
  Regex?: string;
}

/** @throws Error for a pattern that is neither, or that JavaScript's expressions cannot say */
export function expressionOf(pattern: unknown): RegExp {
  const { String: text, Regex } = (pattern ?? {}) as Pattern;
  if (typeof text === "string")
    return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") || "(?!)", "gu");
  if (typeof Regex !== "string") throw new Error(`a pattern is neither a String nor a Regex`);
  return onigurumaExpression(Regex);
}

/** The visible character of each byte, in the order of bytes (OpenAI's table of GPT-2). */
export const BYTE_CHARS: readonly string[] = (() => {
  const visible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(visible(byte) ? byte : next++));
})();

/** The byte of each visible character. */
export const CHAR_BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARS.map((character, byte) => [character, byte]),
);

const encoder = new TextEncoder();
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Text with each of its bytes as a visible character. */
export function byteLevel(text: string): string {
  let out = "";
  for (const byte of utf8(text)) out += BYTE_CHARS[byte]!; // 256 of them
  return out;
}

/** SentencePiece's name of a byte. */
export const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

/**
 * Regular expressions of tokenizer.json, which are Oniguruma's, as JavaScript's. The translation is @huggingface/tokenizers';
 * three things it passes over are put into words it knows before.
 */
import { SplitPreTokenizer } from "@huggingface/tokenizers";

/** @throws Error for what JavaScript's expressions cannot say */
export function onigurumaExpression(Regex: string): RegExp {
  const caseless = Regex.startsWith("(?i)") ? `(?i:${Regex.slice(4)})` : Regex;
  // The library's face shows its translation only as the field of a component.
  const split = new SplitPreTokenizer({
    type: "Split",
    pattern: { Regex: foldWide(withoutReturn(caseless)) },
    behavior: "Isolated",
    invert: false,
  }) as unknown as { pattern: RegExp };
  return split.pattern;
}

/** In a caseless group of plain letters, the long s is an s and the Kelvin sign a k; the translation folds ASCII only. */
const foldWide = (regex: string): string =>
  regex.replace(/\(\?i:([A-Za-z'|]+)\)/g, (_, letters: string) => {
    const folded = letters.replace(/[A-Za-z]/g, (letter) => {
      const lower = letter.toLowerCase();
      const wide = lower === "s" ? "\\x{17F}" : lower === "k" ? "\\x{212A}" : "";
      return `[${lower}${lower.toUpperCase()}${wide}]`;
    });
    return `(?:${folded})`;
  });

/** One atom before a possessive quantifier: a class, an escape or a character. */
const POSSESSIVE = /(\[\^?\]?(?:\\.|[^\]\\])*\]|\\[pPxu]\{[^}]*\}|\\.|[^\\()[\]{}|*+?^$])([*+?])\+/gu;

/**
 * A possessive quantifier gives nothing back: what a lookahead has matched stands, as JavaScript has no other way to say it.
 * (`{n,m}+` is not possessive in Oniguruma.)
 */
function withoutReturn(regex: string): string {
  let count = 0;
  return regex.replace(POSSESSIVE, (whole, atom: string, quantifier: string) => {
    if (atom.includes("&&") || /\[[^\]]*\[/.test(atom)) return whole; // a nested class: its end is not found this way
    const name = `possessive${count++}`;
    return `(?=(?<${name}>${atom}${quantifier}))\\k<${name}>`;
  });
}

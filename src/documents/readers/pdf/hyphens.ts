/** Words broken at a line's end (docs/lab.md 2a). */

const BROKEN = /([\p{L}\p{M}]+)[-\u2010\u00AD]$/u;
const REST = /^[\p{L}\p{M}]+/u;

/** The words of a document that no line's end breaks, in lower case. */
export function unbrokenWords(lines: readonly string[]): Set<string> {
  const known = new Set<string>();
  lines.forEach((line, i) => {
    let text = line.replace(BROKEN, "");
    if (BROKEN.test(lines[i - 1] ?? "")) text = text.replace(REST, "");
    for (const word of text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? []) known.add(word);
  });
  return known;
}

/**
 * Two lines made one. A hyphen between a letter and a small letter goes where the joined word stands elsewhere in the
 * document, or where its halves do not; otherwise it belongs to the word.
 */
export function joinLines(before: string, after: string, known: ReadonlySet<string>): string {
  const head = BROKEN.exec(before)?.[1];
  const rest = REST.exec(after)?.[0];
  if (head !== undefined && rest !== undefined && /^\p{Ll}/u.test(rest)) {
    const [a, b] = [head.toLowerCase(), rest.toLowerCase()];
    const joins = known.has(a + b) || !(known.has(a) && known.has(b));
    return (joins ? before.slice(0, -1) : before) + after;
  }
  return before + (withoutSpaces(before.at(-1) ?? "") || withoutSpaces(after[0] ?? "") ? "" : " ") + after;
}

/** Scripts that put no space between words. */
export const withoutSpaces = (character: string): boolean =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u3000-\u303F\uFF00-\uFF60]/u.test(
    character,
  );

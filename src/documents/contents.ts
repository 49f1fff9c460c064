/** Lists of contents, found by what they are: lines that repeat the document's own headings. */
import type { Block } from "./blocks.ts";

const TITLE =
  /^(?:table of )?contents$|^inhalt(?:sverzeichnis)?$|^sommaire$|^table des matières$|^índice$|^目次$/i;
const LEAST_ENTRIES = 3;

/** The blocks with contents lists marked as left out: three entries in a row, or one below a title that says so. */
export function withoutContents(blocks: readonly Block[]): Block[] {
  const headings = new Set(blocks.filter(({ kind }) => kind === "heading").map(({ text }) => bare(text)));
  const out = [...blocks];
  for (let i = 0; i < blocks.length; ) {
    let end = i;
    while (end < blocks.length && isEntry(blocks[end]!, headings)) end++;
    const titled = i > 0 && TITLE.test(blocks[i - 1]!.text);
    if (end - i >= (titled ? 1 : LEAST_ENTRIES)) {
      for (let at = titled ? i - 1 : i; at < end; at++) {
        const entry = blocks[at]!;
        out[at] = { ...entry, left: entry.left ?? "contents" };
      }
    }
    i = Math.max(end, i + 1);
  }
  return out;
}

const isEntry = ({ kind, text }: Block, headings: ReadonlySet<string>): boolean =>
  kind !== "heading" && kind !== "code" && headings.has(bare(text));

/** A heading without its number and spelling of spaces: contents lists number what headings may not. */
const bare = (text: string): string =>
  text
    .toLowerCase()
    .replace(/^(?:chapter|kapitel|appendix|anhang|part|teil)\s+(?=\p{Nd}|\p{L}\b)/u, "")
    .replace(/^(?:\p{Nd}|\p{L}\b)[\p{Nd}.]*\s*|[.\s]*\p{Nd}*$/gu, "")
    .replace(/[^\p{L}\p{Nd}]+/gu, " ")
    .trim();

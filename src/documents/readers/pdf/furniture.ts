/** What stands on a page without being its text: running heads, page numbers, contents lists (docs/lab.md 2a). */
import type { Line } from "./lines.ts";

export type Furniture = "running head" | "contents";

const LEAST_PAGES = 3;
const LEAST_SHARE = 0.3;
const MARGIN = 0.12; // of the page's height, above and below: where a document of two pages may have heads

/** What a line says when its numbers, Arabic and Roman, and signs are taken away: the same on every page of a running head. */
const withoutNumbers = (text: string): string =>
  text
    .replace(/\p{Nd}+/gu, "")
    .replace(/(?<![\p{L}\p{M}])[ivxlc]+(?![\p{L}\p{M}])/giu, "")
    .replace(/[^\p{L}\p{M}]+/gu, " ")
    .trim();

/**
 * Names the furniture among the lines of a document. A head stands at the same height, saying the same but for numbers, on
 * three pages and on 30 % of them (in a document of two pages on both, in the margin).
 * @param heights of the pages, points
 */
export function findFurniture(
  pages: readonly (readonly Line[])[],
  heights: readonly number[],
): Map<Line, Furniture> {
  const found = new Map<Line, Furniture>();
  const places = new Map<string, Line[]>();
  for (const line of pages.flat()) {
    const key = `${Math.round(line.y / 3)}|${withoutNumbers(line.text)}`;
    places.set(key, [...(places.get(key) ?? []), line]);
  }
  for (const lines of places.values()) {
    const on = new Set(lines.map((line) => line.page));
    const many = on.size >= LEAST_PAGES && on.size >= LEAST_SHARE * pages.length;
    const both = pages.length === 2 && on.size === 2 && lines.every((line) => inMargin(line, heights));
    if (many || both) for (const line of lines) found.set(line, "running head");
  }
  for (const lines of pages) {
    const text = lines.filter((line) => !found.has(line));
    const entries = text.filter(isEntry);
    // The headings and wrapped ends between entries belong to them.
    if (entries.length < 3 || entries.length < text.length / 2) continue;
    const [first, last] = [text.indexOf(entries[0]!), text.indexOf(entries.at(-1)!)];
    for (const line of text.slice(first, last + 1)) found.set(line, "contents");
  }
  return found;
}

/** A line of a contents list: leader dots, or a number at the far end of a line with a wide gap. */
const isEntry = ({ text, cells }: Line): boolean =>
  /(?:[.·…] ?){4,}\s*(?:\p{Nd}+|[ivxlc]+)?\s*$/iu.test(text) ||
  (cells.length > 1 && /^(?:\p{Nd}+|[ivxlc]+)$/iu.test(cells.at(-1)!.text) && /\p{L}/u.test(text));

const inMargin = ({ y, page }: Line, heights: readonly number[]): boolean => {
  const height = heights[page - 1] ?? 0;
  return y > (1 - MARGIN) * height || y < MARGIN * height;
};

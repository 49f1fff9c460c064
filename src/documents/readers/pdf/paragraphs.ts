/** Lines in reading order → headings, paragraphs and rows of tables. */
import { type Block, block, rowSentence } from "../../blocks.ts";
import { joinLines, unbrokenWords } from "./hyphens.ts";
import { cellsUnder, type Line } from "./lines.ts";
import { commonest, median } from "./numbers.ts";

const HEADING_SIZE = 1.12; // of the body's type, at least
const HEADING_LENGTH = 160; // characters, at most
const PARAGRAPH_GAP = 1.3; // of the usual distance between two lines
const INDENT = 0.8; // of a paragraph's first line, in type sizes
const BULLET = /^(?:[•◦▪‣·–—]|\(?\p{Nd}{1,3}[.)]|\(?[a-z][.)])\s/u;
const SENTENCE_END = /[.!?…:;。！？؟।]["'”’»)\]]*$/u;

/** @param lines without running heads and contents */
export function paragraphs(lines: readonly Line[]): Block[] {
  const known = unbrokenWords(lines.map((line) => line.text));
  const body = commonest(lines.map((line) => ({ value: round(line.size), weight: line.text.length })));
  const spacing = usualSpacing(lines, body);
  const left = columnEdges(lines);
  const blocks: Block[] = [];
  let paragraph: Line[] = [];

  const close = () => {
    const first = paragraph[0];
    if (!first) return;
    const text = paragraph
      .slice(1)
      .reduce((text, line) => joinLines(text, line.text, known), first.text)
      .normalize("NFKC");
    const heading = isHeading(first, text, body);
    const level = heading ? (first.size > 1.6 * body ? 1 : first.size > 1.3 * body ? 2 : 3) : null;
    blocks.push(block(heading ? "heading" : "text", text, { page: first.page, level }));
    paragraph = [];
  };

  for (let i = 0; i < lines.length; ) {
    const table = tableAt(lines, i);
    if (table.length > 0) {
      close();
      blocks.push(...rows(table, lines[i]!.page));
      i += table.length;
      continue;
    }
    const line = lines[i]!;
    const before = paragraph.at(-1);
    if (before && begins(line, before, { spacing, left: left.get(columnOf(line)) ?? line.x, body })) close();
    paragraph.push(line);
    i++;
  }
  close();
  return blocks;
}

interface Measures {
  spacing: number; // between two lines of a paragraph, in type sizes
  left: number; // edge of the line's column
  body: number;
}

/** Whether `line` begins a paragraph of its own. */
function begins(line: Line, before: Line, { spacing, left, body }: Measures): boolean {
  if (Math.abs(line.size - before.size) > 0.08 * before.size) return true;
  if (BULLET.test(line.text)) return true;
  if (columnOf(line) !== columnOf(before)) {
    return before.size >= HEADING_SIZE * body || SENTENCE_END.test(before.text);
  }
  if (before.y - line.y > PARAGRAPH_GAP * spacing * line.size) return true;
  return (
    line.x - left > INDENT * line.size &&
    before.x - left <= INDENT * line.size &&
    SENTENCE_END.test(before.text)
  );
}

const columnOf = ({ page, column }: Line): string => `${page}|${column}`;
const round = (size: number): number => Math.round(size * 2) / 2;

const isHeading = ({ size }: Line, text: string, body: number): boolean =>
  size >= HEADING_SIZE * body && text.length <= HEADING_LENGTH && !/[.;,]$/.test(text);

/** The distance between two lines that is commonest in the body's type, in type sizes. */
function usualSpacing(lines: readonly Line[], body: number): number {
  const gaps = lines.flatMap((line, i) => {
    const before = lines[i - 1];
    if (!before || columnOf(before) !== columnOf(line) || round(line.size) !== body) return [];
    const gap = (before.y - line.y) / line.size;
    return gap > 0.5 && gap < 3 ? [gap] : [];
  });
  return gaps.length === 0
    ? 1.2
    : Math.min(commonest(gaps.map((g) => ({ value: Math.round(g * 20) / 20, weight: 1 }))), 2 * median(gaps));
}

function columnEdges(lines: readonly Line[]): Map<string, number> {
  const edges = new Map<string, number[]>();
  for (const line of lines) edges.set(columnOf(line), [...(edges.get(columnOf(line)) ?? []), line.x]);
  return new Map(
    [...edges].map(([column, xs]) => [
      column,
      commonest(xs.map((x) => ({ value: Math.round(x), weight: 1 }))),
    ]),
  );
}

/** The lines from `at` on whose cells stand under each other, two at least; none where there is no table. */
function tableAt(lines: readonly Line[], at: number): string[][] {
  const first = lines[at]!;
  if (first.cells.length < 2) return [];
  const table = [first.cells];
  for (const line of lines.slice(at + 1)) {
    const cells = columnOf(line) === columnOf(first) ? cellsUnder(line, first.cells) : null;
    if (cells === null) break;
    table.push(cells);
  }
  return table.length < 2 ? [] : table.map((cells) => cells.map((cell) => cell.text.normalize("NFKC")));
}

function rows(table: readonly string[][], page: number): Block[] {
  const [first, ...rest] = table;
  const header = isHeader(first!, rest) ? first! : null;
  return (header ? rest : table).map((cells) => block("row", rowSentence(header, cells), { page }));
}

/** A first row of words over columns of which one at least holds numbers. */
const isHeader = (first: readonly string[], rest: readonly string[][]): boolean =>
  first.every((cell) => /\p{L}/u.test(cell) && !/\p{Nd}/u.test(cell)) &&
  first.some((_, i) => rest.every((row) => /\p{Nd}/u.test(row[i] ?? "")));

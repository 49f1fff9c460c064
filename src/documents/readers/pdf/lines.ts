/** The text runs of one PDF page put in reading order: columns, then lines, then the cells of a line. */
import { median } from "./numbers.ts";

/** A stretch of glyphs as the file draws it. Points, y upwards from the page's foot. */
export interface Run {
  text: string;
  x: number;
  y: number; // of the baseline
  width: number;
  size: number; // of the type
  font: string;
}

/** One line of one column. */
export interface Line {
  text: string;
  cells: Cell[]; // more than one where wide gaps stand inside the line
  runs: readonly Run[]; // from left to right
  x: number;
  y: number;
  right: number;
  size: number; // of most of its characters
  font: string;
  column: number; // lines of one column follow each other
  page: number; // from 1
}

export interface Cell {
  text: string;
  x: number;
}

/** Least gap between two columns, in type sizes: justified words stand up to one size apart. */
const COLUMN_GAP = 1.5;
/** Least share of a region's characters on either side of a gap that is to part columns (docs/lab.md 2a). */
const COLUMN_SHARE = 0.2;
/** Gap between two runs that is a space, and one that parts cells, in type sizes. */
const SPACE_GAP = 0.15;
const CELL_GAP = 1.5;
const MOST_CUTS = 12; // nested regions; a page that wants more is no page of text

/** The lines of a page in reading order; `top` cuts come before columns only where columns need them. */
export function pageLines(runs: readonly Run[], page: number): Line[] {
  let column = 0;
  return regions(runs, 0).flatMap((region) => {
    column++;
    return rowsOf(region).map((row) => lineOf(row, column, page));
  });
}

/** Cuts a region at its widest empty vertical band, else at a horizontal one that lets a part be cut so; else it is one. */
function regions(runs: readonly Run[], depth: number): Run[][] {
  if (runs.length === 0) return [];
  if (depth > MOST_CUTS) return [[...runs]];
  const sides = columnsOf(runs);
  if (sides) return sides.flatMap((side) => regions(side, depth + 1));
  for (const [above, below] of splitsByHeight(runs)) {
    if (columnsOf(above) || columnsOf(below))
      return [...regions(above, depth + 1), ...regions(below, depth + 1)];
  }
  return [[...runs]];
}

/** Left and right of the widest empty band, where both hold enough text that fills its side; null where none does. */
function columnsOf(runs: readonly Run[]): [Run[], Run[]] | null {
  const size = median(runs.map((run) => run.size));
  const all = characters(runs);
  let best: { gap: number; sides: [Run[], Run[]] } | null = null;
  for (const { at, gap } of emptyBands(runs)) {
    if (gap < COLUMN_GAP * size || gap <= (best?.gap ?? 0)) continue;
    const left = runs.filter((run) => run.x < at);
    const right = runs.filter((run) => run.x >= at);
    const share = Math.min(characters(left), characters(right)) / all;
    if (share >= COLUMN_SHARE && isProse(left) && isProse(right)) best = { gap, sides: [left, right] };
  }
  return best?.sides ?? null;
}

/** Bands no run touches, by their middle. */
function emptyBands(runs: readonly Run[]): { at: number; gap: number }[] {
  const byLeft = [...runs].sort((a, b) => a.x - b.x);
  const bands: { at: number; gap: number }[] = [];
  let right = Number.NEGATIVE_INFINITY;
  for (const run of byLeft) {
    if (run.x > right && Number.isFinite(right)) bands.push({ at: (run.x + right) / 2, gap: run.x - right });
    right = Math.max(right, run.x + run.width);
  }
  return bands;
}

/** Whether most rows fill half of the region: lines of a column do, cells of a table's column do not. */
function isProse(runs: readonly Run[]): boolean {
  const rows = rowsOf(runs);
  const left = Math.min(...runs.map((run) => run.x));
  const width = Math.max(...runs.map((run) => run.x + run.width)) - left;
  const size = median(runs.map((run) => run.size));
  const filled = rows.filter((row) => {
    const used = Math.max(...row.map((run) => run.x + run.width)) - Math.min(...row.map((run) => run.x));
    return used >= width / 2;
  });
  return rows.length >= 3 && width >= 10 * size && filled.length >= rows.length / 2;
}

/** Every way to part a region between two rows that stand apart, the widest gap first. */
function splitsByHeight(runs: readonly Run[]): [Run[], Run[]][] {
  const rows = rowsOf(runs);
  const size = median(runs.map((run) => run.size));
  return rows
    .slice(1)
    .map((row, i) => ({ i: i + 1, gap: rows[i]![0]!.y - row[0]!.y }))
    .filter(({ gap }) => gap > 1.5 * size)
    .sort((a, b) => b.gap - a.gap || a.i - b.i)
    .slice(0, MOST_CUTS)
    .map(({ i }) => [rows.slice(0, i).flat(), rows.slice(i).flat()]);
}

/** Runs on one baseline, from the top down, each row from left to right. */
export function rowsOf(runs: readonly Run[]): Run[][] {
  const rows: Run[][] = [];
  for (const run of [...runs].sort((a, b) => b.y - a.y || a.x - b.x)) {
    const row = rows.at(-1);
    if (row && Math.abs(row[0]!.y - run.y) <= 0.4 * Math.max(row[0]!.size, run.size)) row.push(run);
    else rows.push([run]);
  }
  return rows.map((row) => row.sort((a, b) => a.x - b.x));
}

function lineOf(row: Run[], column: number, page: number): Line {
  const cells = cellsOf(row, (run, end) => run.x - end > CELL_GAP * run.size);
  const last = row.at(-1)!;
  const main = row.reduce((a, b) => (b.text.length > a.text.length ? b : a));
  return {
    text: cells.map((cell) => cell.text).join(" "),
    cells,
    runs: row,
    x: row[0]!.x,
    y: main.y,
    right: last.x + last.width,
    size: main.size,
    font: main.font,
    column,
    page,
  };
}

/** The runs of a line in cells; a new one begins where `parts` says so of a run and of the end of the one before. */
function cellsOf(runs: readonly Run[], parts: (run: Run, end: number) => boolean): Cell[] {
  const cells: Cell[] = [];
  let end = Number.NEGATIVE_INFINITY;
  let last = "";
  for (const run of runs) {
    const cell = cells.at(-1);
    if (!cell || parts(run, end)) cells.push({ text: run.text, x: run.x });
    else cell.text += needsSpace(last, run.text, (run.x - end) / run.size) ? ` ${run.text}` : run.text;
    end = run.x + run.width;
    last = run.text;
  }
  for (const cell of cells) cell.text = cell.text.replace(/\s+/g, " ").trim();
  return cells;
}

/** The cells of a line whose columns begin where another line's do; null where one of them begins elsewhere. */
export function cellsUnder(line: Line, columns: readonly Cell[]): Cell[] | null {
  const edge = (run: Run) => columns.findIndex(({ x }) => Math.abs(x - run.x) <= run.size / 2);
  const begun = new Set(line.runs.map(edge));
  if (!columns.every((_, i) => begun.has(i))) return null;
  return cellsOf(line.runs, (run) => edge(run) > 0);
}

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303F\uFF00-\uFF60]/u;

/** A gap that the eye reads as a space; beside characters without spaces of their own only where it is wide. */
function needsSpace(before: string, after: string, gap: number): boolean {
  if (/\s$/.test(before) || /^\s/.test(after)) return false;
  const wide = WIDE.test(before.at(-1) ?? "") || WIDE.test(after[0] ?? "");
  return gap > (wide ? 2 * SPACE_GAP : SPACE_GAP);
}

const characters = (runs: readonly Run[]): number => runs.reduce((n, run) => n + run.text.length, 0);

/** Comma-separated values as RFC 4180 has them, and with the semicolons or tabs that spreadsheets put in. */
import { LabError } from "../core/errors.ts";

export interface CsvRow {
  line: number; // where it begins, from 1
  cells: string[];
}

/**
 * Rows of cells; the separator is whichever of comma, semicolon and tab is commonest in the first line. Quoted cells
 * may hold separators, line ends and doubled quotes; blank lines are left out.
 * @throws LabError bad-data naming the line where a quote is opened and never closed
 */
export function parseCsv(text: string, fileName: string): CsvRow[] {
  const first = /^.*/.exec(text)![0]; // matches even nothing
  const count = (mark: string) => first.split(mark).length;
  const separator = [",", ";", "\t"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
  // One match is one cell and what ends it.
  const cell = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n][^${separator}\\r\\n]*)?)(${separator}|\\r?\\n|$)`,
    "y",
  );
  const rows: CsvRow[] = [];
  let row: CsvRow = { line: 1, cells: [] };
  let line = 1;
  while (cell.lastIndex < text.length || row.cells.length > 0) {
    const match = cell.exec(text);
    if (match === null)
      throw new LabError("bad-data", `${fileName}, line ${line}: a quote is not closed, or text follows it`);
    const [whole, quoted, bare = "", end] = match;
    line += whole.split("\n").length - 1;
    row.cells.push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === separator) continue;
    if (row.cells.length > 1 || row.cells[0] !== "") rows.push(row);
    row = { line, cells: [] };
  }
  return rows;
}

/** Tables as spreadsheets write them: rows of cells with the line each begins on. Papa Parse reads the cells. */
import Papa from "papaparse";

export interface CsvRow {
  line: number; // where it begins, from 1
  cells: string[];
}

export interface Table {
  header: string[]; // trimmed; [] of a file without a line
  rows: CsvRow[]; // blank ones left out
  faults: string[]; // rows that could not be read, each with its line
}

const MOST_BROKEN = 100; // after each the rest is read anew
const SEPARATORS = [",", ";", "\t", "|"];

/**
 * Reads a table: lines end in LF, CRLF or CR; a first line `sep=;` names the separator, else it is the one that gives the
 * header the most of `expected` columns, then the most columns. A row whose quotes do not close is told and left out, and
 * reading goes on with the next line.
 */
export function readTable(text: string, fileName: string, expected: readonly string[] = []): Table {
  const [named, given] = /^"?sep=(.)"?(?:\r\n|\r|\n|$)/i.exec(text) ?? [""];
  const lineEnd = /^[^\r\n"]*(?:"[^"]*"[^\r\n"]*)*(\r(?!\n))/.test(text) ? "\r" : "\n"; // as the first line ends
  const separator = given ?? guessSeparator(text, lineEnd, expected);
  const table: Table = { header: [], rows: [], faults: [] };
  let at = named.length;
  let line = named === "" ? 1 : 2;
  for (let tries = 0; at < text.length; tries++) {
    if (tries > MOST_BROKEN) {
      table.faults.push(
        `${fileName}: more than ${MOST_BROKEN} rows have broken quotes; from line ${line} it was not read`,
      );
      break;
    }
    at += readRows(text.slice(at), separator, lineEnd, (cells, raw, broken) => {
      const row = { line, cells };
      if (broken) table.faults.push(`${fileName}, line ${line}: a quote is not closed, or text follows it`);
      const used = broken ? firstLine(raw) : raw;
      line += (used.match(/\r\n|\r|\n/g) ?? []).length;
      if (!broken && cells.some((cell) => cell.trim() !== "")) table.rows.push(row);
      return used.length;
    });
  }
  table.header = (table.rows.shift()?.cells ?? []).map((cell) => cell.trim());
  return table;
}

/** Reads on until a row is not used whole. Returns the characters used. */
function readRows(
  text: string,
  delimiter: string,
  newline: "\r" | "\n",
  onRow: (cells: string[], raw: string, broken: boolean) => number,
): number {
  let at = 0;
  Papa.parse<string[]>(text, {
    delimiter,
    newline,
    step({ data, errors, meta }, parser) {
      const raw = text.slice(at, meta.cursor);
      if (raw === "") return; // after the last line end
      const cells = newline === "\n" ? withoutReturn(data, raw) : data;
      const broken = errors.some(({ type }) => type === "Quotes");
      const used = onRow(cells, raw, broken);
      at += used;
      if (used < raw.length) parser.abort();
    },
  });
  return at;
}

/** The last cell without the CR of a CRLF, where that stands outside of quotes. */
function withoutReturn(cells: string[], raw: string): string[] {
  const last = cells.at(-1)!; // a row has a cell at least
  const outside = last.endsWith("\r") && raw.replace(/\n$/, "").endsWith(last);
  return outside ? [...cells.slice(0, -1), last.slice(0, -1)] : cells;
}

const firstLine = (raw: string): string => /^[^\r\n]*(?:\r\n|\r|\n)?/.exec(raw)![0];

function guessSeparator(text: string, newline: "\r" | "\n", expected: readonly string[]): string {
  const score = (delimiter: string): number => {
    const { data } = Papa.parse<string[]>(text, { delimiter, newline, preview: 1 });
    const names = (data[0] ?? []).map((cell) => cell.trim().toLowerCase());
    return names.length + 1000 * expected.filter((name) => names.includes(name)).length;
  };
  return SEPARATORS.reduce((best, separator) => (score(separator) > score(best) ? separator : best));
}

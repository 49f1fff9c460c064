/** Question files as people bring them: JSON, JSONL or CSV with the published sets' fields (method.md §5). */
import { optionMeant, sameAnswer } from "../core/answers.ts";
import { LabError, show } from "../core/errors.ts";
import { parseJson } from "../core/files.ts";
import type { Question } from "../core/run.ts";
import { readTable } from "./csv.ts";

/** Questions, and in words those that had to be left out, each with its file and line or number. */
export interface CheckedQuestions {
  questions: Question[];
  faults: string[];
}

const FAULTS_SHOWN = 5;

/**
 * Questions of one file; its name's ending decides the format (.json that starts with `{` is taken as JSONL). Fields:
 * `question`, `answer` (text), optional `options` (an object by letter or a list), `evidence`, `relation`, `phrasings` (a
 * list of texts or one), `bridge`; a table has them as columns, in any case, with a column per option (A, B, …); all others
 * are passed over. The answer counts by its text: where it is one of the options in another dress (core/answers.ts), it
 * becomes that option's text. `answer_idx` is never read. What is wrong with one line or entry is told in `faults`, and the
 * others are kept: each of the published training sets has some whose answer is no option.
 * @throws LabError bad-data where the file as a whole cannot be read, or has no question that can
 */
export function checkQuestions(text: string, fileName: string): CheckedQuestions {
  const { entries, faults } = readEntries(text.replace(/^\uFEFF/, ""), fileName);
  const checked = entries.map(({ where, fields }) => ({ where, question: questionOf(fields) }));
  const questions = checked.flatMap(({ question }) => (typeof question === "string" ? [] : [question]));
  const wrong = checked.flatMap(({ where, question }) =>
    typeof question === "string" ? [`${where}: ${question}`] : [],
  );
  const all = [...faults, ...wrong];
  if (questions.length === 0)
    throw new LabError("bad-data", [`${fileName} has no questions`, ...shortened(all)].join(": "));
  return { questions, faults: all };
}

/** The first few of many faults, and how many more there are, as one sentence; none of none. */
export function shortened(faults: readonly string[]): string[] {
  if (faults.length === 0) return [];
  const more = faults.length > FAULTS_SHOWN ? `; and ${faults.length - FAULTS_SHOWN} more` : "";
  return [faults.slice(0, FAULTS_SHOWN).join("; ") + more];
}

interface Entry {
  where: string; // "train.csv, line 7"
  fields: Record<string, unknown>;
}

interface Entries {
  entries: Entry[];
  faults: string[];
}

function readEntries(text: string, fileName: string): Entries {
  if (/\.(csv|tsv)$/i.test(fileName)) return tableEntries(text, fileName);
  if (/\.(jsonl|ndjson)$/i.test(fileName) || /^\s*\{/.test(text)) {
    const lines = text.split(/\r\n|\r|\n/).map((line, i) => ({ where: `${fileName}, line ${i + 1}`, line }));
    const filled = lines.filter(({ line }) => line.trim() !== "");
    return gather(filled, ({ where, line }) => ({ where, fields: asFields(parseJson(line, where), where) }));
  }
  if (!/\.json$/i.test(fileName)) {
    throw new LabError("bad-data", `${fileName}: questions are read from .json, .jsonl, .csv and .tsv files`);
  }
  const raw = parseJson(text, fileName);
  if (!Array.isArray(raw)) throw new LabError("bad-data", `${fileName} must be a list of questions`);
  return gather(raw as unknown[], (value, i) => {
    const where = `${fileName}, question ${i + 1}`;
    return { where, fields: asFields(value, where) };
  });
}

/** What `read` makes of each item; where it refuses one, that is a fault. */
function gather<T>(items: readonly T[], read: (item: T, i: number) => Entry): Entries {
  const found: Entries = { entries: [], faults: [] };
  for (const [i, item] of items.entries()) {
    try {
      found.entries.push(read(item, i));
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      found.faults.push(error.message);
    }
  }
  return found;
}

function asFields(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new LabError("bad-data", `${where}: must be an object with \`question\` and \`answer\``);
}

/** Columns under other names than ours. */
const ALSO: Readonly<Record<string, string>> = { correct_answer: "answer", right_answer: "answer" };

export const QUESTION_FIELDS = [
  "question",
  "answer",
  "options",
  "evidence",
  "relation",
  "phrasings",
  "bridge",
];

function tableEntries(text: string, fileName: string): Entries {
  const { header, rows, faults } = readTable(text, fileName, QUESTION_FIELDS);
  const columns = header.map(columnName);
  const names = columns.map((name) => (columns.includes("answer") ? name : (ALSO[name] ?? name)));
  if (!names.includes("question") || !names.includes("answer")) {
    throw new LabError(
      "bad-data",
      `${fileName}, line 1: needs the columns question and answer, has ${header.join(", ").slice(0, 200)}`,
    );
  }
  const options = optionColumns(names);
  const read = gather(rows, ({ line, cells }) => {
    const where = `${fileName}, line ${line}`;
    const filled = cells.findLastIndex((cell) => cell.trim() !== "") + 1;
    if (filled > names.length || (cells.length < names.length && !has(cells, names, "answer")))
      throw new LabError("bad-data", `${where}: ${cells.length} cells under ${names.length} columns`);
    const fields: Record<string, unknown> = {};
    for (const [i, name] of names.entries())
      if (cells[i]?.trim() && QUESTION_FIELDS.includes(name)) fields[name] ??= cells[i];
    const given = options.flatMap((i) => (cells[i]?.trim() ? [[header[i]!, cells[i]] as const] : []));
    if (options.length > 0) fields.options = Object.fromEntries(given);
    else if (typeof fields.options === "string")
      fields.options = parseJson(fields.options, `${where}, options`);
    return { where, fields };
  });
  return { entries: read.entries, faults: [...faults, ...read.faults] };
}

/** A column's name as ours are written: "Correct Answer" is correct_answer. */
const columnName = (cell: string): string =>
  cell
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s_-]+/g, "_");

const has = (cells: readonly string[], names: readonly string[], name: string): boolean =>
  Boolean(cells[names.indexOf(name)]?.trim());

/** The columns called A, B, … (or "option A", …): consecutive from A, two at least; a single "n" counts rows. */
function optionColumns(names: readonly string[]): number[] {
  const letters = names.map((name) => /^(?:(?:option|choice)_?)?([a-z])$/.exec(name)?.[1] ?? "");
  const found: number[] = [];
  while (letters.includes(String.fromCodePoint(97 + found.length)))
    found.push(letters.indexOf(String.fromCodePoint(97 + found.length)));
  return found.length < 2 ? [] : found;
}

/** The question that fields of other files make, or what is wrong with it. */
export function questionOf(fields: Record<string, unknown>): Question | string {
  const { question, answer, evidence = null, relation = null } = fields;
  if (typeof question !== "string" || question.trim() === "") return "`question` must be a non-empty text";
  if (typeof answer !== "string" || answer.trim() === "") return "`answer` must be a non-empty text";
  if (evidence !== null && typeof evidence !== "string") return "`evidence` must be a text";
  if (relation !== null && typeof relation !== "string") return "`relation` must be a text";
  const options = toOptions(fields.options ?? {});
  if (options === null) return "`options` must be texts by letter, or a list of texts";
  const texts = Object.values(options);
  const gold = optionMeant(texts, answer);
  if (texts.length > 0 && gold === undefined) {
    const several = texts.filter((option) => sameAnswer(option, answer)).length > 1;
    const listed = texts.map(show).join(", ");
    return `the answer ${show(answer)} ${several ? "could be several of" : "is not among"} the options ${listed}`;
  }
  const bridge = typeof fields.bridge === "string" ? fields.bridge : null;
  return {
    question,
    options,
    answer: gold ?? answer,
    evidence,
    relation,
    phrasings: toTexts(fields.phrasings),
    bridge,
  };
}

/** The texts of a list, of a list written as JSON (a CSV's cell), or of one; what is no text is another file's matter. */
function toTexts(raw: unknown): string[] {
  if (typeof raw !== "string") {
    const list: unknown[] = Array.isArray(raw) ? raw : [];
    return list.filter((text): text is string => typeof text === "string" && text.trim() !== "");
  }
  if (raw.trim() === "") return [];
  try {
    const list: unknown = JSON.parse(raw);
    return Array.isArray(list) ? toTexts(list) : [raw];
  } catch {
    return [raw];
  }
}

function toOptions(raw: unknown): Record<string, string> | null {
  if (typeof raw !== "object" || raw === null) return null;
  const pairs = Array.isArray(raw)
    ? raw.map((text: unknown, i) => [String.fromCodePoint(65 + i), text] as const)
    : Object.entries(raw);
  return pairs.every((pair): pair is [string, string] => typeof pair[1] === "string")
    ? Object.fromEntries(pairs)
    : null;
}

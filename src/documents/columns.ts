/** Question files of other people's making: a table or a list of objects whose columns somebody names. */
import { LabError } from "../core/errors.ts";
import { parseJson } from "../core/files.ts";
import { readTable } from "./csv.ts";
import { type CheckedQuestions, questionOf } from "./questions.ts";

export interface ForeignTable {
  columns: string[];
  rows: { where: string; cells: string[] }[]; // "file.csv, line 3"; as many cells as columns
  faults: string[]; // rows that could not be read
}

/** How an answer says which option it is. */
export type AnswerForm = "text" | "letter" | "from 1" | "from 0";

export interface ColumnChoice {
  question: number; // columns, by index
  answer: number;
  options: number[]; // one column: a list in a cell; several: an option each; none: open questions
  evidence: number | null;
  answerForm: AnswerForm;
}

/** Rows of a CSV, TSV, JSONL or JSON list of objects. @throws LabError bad-data where it is none of these */
export function readForeignTable(text: string, fileName: string): ForeignTable {
  if (/\.(csv|tsv|txt)$/i.test(fileName)) {
    const { header, rows, faults } = readTable(text.replace(/^\uFEFF/, ""), fileName);
    const read = rows.map(({ line, cells }) => ({
      where: `${fileName}, line ${line}`,
      cells: header.map((_, i) => cells[i] ?? ""),
    }));
    return { columns: header, rows: read, faults };
  }
  const objects = listOf(text.replace(/^\uFEFF/, ""), fileName).map(({ where, value }) => ({
    where,
    fields: flattened(value),
  }));
  const columns = [...new Set(objects.flatMap(({ fields }) => [...fields.keys()]))];
  const rows = objects.map(({ where, fields }) => ({
    where,
    cells: columns.map((name) => fields.get(name) ?? ""),
  }));
  return { columns, rows, faults: [] };
}

function listOf(text: string, fileName: string): { where: string; value: unknown }[] {
  if (/\.(jsonl|ndjson)$/i.test(fileName) || (/^\s*\{/.test(text) && /\}\s*\n\s*\{/.test(text)))
    return text.split(/\r\n|\r|\n/).flatMap((line, i) => {
      const where = `${fileName}, line ${i + 1}`;
      return line.trim() === "" ? [] : [{ where, value: parseJson(line, where) }];
    });
  const raw = parseJson(text, fileName);
  // A list may lie one level down: {"data": [...]}.
  const list = Array.isArray(raw)
    ? (raw as unknown[])
    : Object.values((raw ?? {}) as Record<string, unknown>).find((value) => Array.isArray(value));
  if (!Array.isArray(list))
    throw new LabError("bad-data", `${fileName} holds no list: questions are a list of objects, or a table`);
  return list.map((value: unknown, i) => ({ where: `${fileName}, entry ${i + 1}`, value }));
}

/** The fields of an object as texts; of objects inside it "outer.inner", lists as JSON. */
function flattened(value: unknown, prefix = ""): Map<string, string> {
  const out = new Map<string, string>();
  if (typeof value !== "object" || value === null) return out;
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === "object" && field !== null && !Array.isArray(field))
      for (const [inner, text] of flattened(field, `${prefix}${name}.`)) out.set(inner, text);
    else if (field !== null)
      out.set(prefix + name, typeof field === "string" ? field : JSON.stringify(field));
  }
  return out;
}

const NAMES: readonly [keyof Pick<ColumnChoice, "question" | "answer">, RegExp][] = [
  ["question", /^(?:question|prompt|query|input|instruction|frage|stem|front|q)/i],
  ["answer", /^(?:answer|correct|target|output|response|solution|label|gold|antwort|back|key)/i],
];

/** What the columns' names and first rows suggest; a person has the last word. */
export function guessColumns({ columns, rows }: ForeignTable): ColumnChoice {
  const guess = (pattern: RegExp, otherwise: number) => {
    const at = columns.findIndex((name) => pattern.test(name.trim()));
    return at >= 0 ? at : otherwise;
  };
  const [question, answer] = NAMES.map(([, pattern], i) => guess(pattern, Math.min(i, columns.length - 1)));
  const options = columns.flatMap((name, i) =>
    i !== question &&
    i !== answer &&
    /^(?:options?|choices?|distractors?|wrong|incorrect|[a-h]$)/i.test(name.trim())
      ? [i]
      : [],
  );
  const evidence = guess(/^(?:evidence|context|passage|sentence|support|explanation)/i, -1);
  const answers = rows.slice(0, 50).map(({ cells }) => (cells[answer!] ?? "").trim());
  const all = (pattern: RegExp) => answers.length > 0 && answers.every((text) => pattern.test(text));
  const answerForm: AnswerForm =
    options.length === 0
      ? "text"
      : all(/^[A-Ha-h][.)]?$/)
        ? "letter"
        : all(/^\d$/)
          ? answers.includes("0")
            ? "from 0"
            : "from 1"
          : "text";
  return {
    question: question!,
    answer: answer!,
    options,
    evidence: evidence < 0 ? null : evidence,
    answerForm,
  };
}

/** The questions that the chosen columns make; what cannot be one is told with its line. */
export function questionsByColumns(table: ForeignTable, choice: ColumnChoice): CheckedQuestions {
  const checked: CheckedQuestions = { questions: [], faults: [...table.faults] };
  for (const { where, cells } of table.rows) {
    const given = optionsIn(choice.options.map((i) => cells[i] ?? ""));
    const said = (cells[choice.answer] ?? "").trim();
    const answer = answerMeant(said, given, choice.answerForm);
    // Columns of wrong answers only: the right one is an option too.
    const lacks = choice.answerForm === "text" && given.length > 0 && !given.includes(said);
    const read =
      answer === null
        ? `the answer ${JSON.stringify(said)} names none of ${given.length} options`
        : questionOf({
            question: (cells[choice.question] ?? "").trim(),
            answer,
            options: lacks ? [answer, ...given] : given,
            evidence: choice.evidence === null ? null : cells[choice.evidence]?.trim() || null,
          });
    if (typeof read === "string") checked.faults.push(`${where}: ${read}`);
    else checked.questions.push(read);
  }
  return checked;
}

function optionsIn(cells: readonly string[]): string[] {
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== "");
  if (cells.length !== 1) return filled;
  const [list = ""] = filled;
  if (/^[[{]/.test(list)) {
    try {
      const parsed: unknown = JSON.parse(list);
      if (typeof parsed === "object" && parsed !== null) return Object.values(parsed).map(String);
    } catch {
      // no JSON after all: cut at its separators
    }
  }
  return list
    .split(/\s*[|;\n]\s*/)
    .map((text) => text.replace(/^[A-H][.)]\s+/, "").trim())
    .filter((text) => text !== "");
}

function answerMeant(said: string, options: readonly string[], form: AnswerForm): string | null {
  if (form === "text") return said;
  const at =
    form === "letter" ? said.toUpperCase().charCodeAt(0) - 65 : Number(said) - (form === "from 1" ? 1 : 0);
  return options[at] ?? null;
}

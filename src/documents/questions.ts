/** Question files as people bring them: JSON, JSONL or CSV with the published sets' fields (method.md §5). */

import { optionMeant } from "../core/answers.ts";
import { LabError } from "../core/errors.ts";
import { parseJson } from "../core/files.ts";
import type { Question } from "../core/run.ts";
import { parseCsv } from "./csv.ts";

interface Entry {
  where: string; // "train.csv, line 7"
  fields: Record<string, unknown>;
}

const FAULTS_SHOWN = 5;

/**
 * Questions of one file; its name's ending decides the format (.json that starts with `{` is taken as JSONL). Fields:
 * `question`, `answer` (text), optional `options` (an object by letter or a list), `evidence`, `relation`, `phrasings` (a
 * list of texts or one), `bridge`; a CSV has them as columns, with a column per option (A, B, …); all others are passed over. The answer counts by its text: where
 * it differs from an option only as `normalise` allows, it becomes that option's text. `answer_idx` is never read.
 * @throws LabError bad-data naming the file and, up to five in one message, the line or index of what is wrong
 */
export function parseQuestions(text: string, fileName: string): Question[] {
  const { questions, faults } = checkQuestions(text, fileName);
  if (faults.length === 0) return questions;
  const more = faults.length > FAULTS_SHOWN ? `; and ${faults.length - FAULTS_SHOWN} more` : "";
  throw new LabError("bad-data", faults.slice(0, FAULTS_SHOWN).join("; ") + more);
}

/**
 * The same with the faulty questions left out and told in `faults`, for whoever asks a person what to do: each of the
 * published training sets has some whose answer is no option.
 * @throws LabError bad-data where the file as a whole cannot be read or has no questions
 */
export function checkQuestions(text: string, fileName: string): { questions: Question[]; faults: string[] } {
  const entries = readEntries(text.replace(/^\uFEFF/, ""), fileName);
  if (entries.length === 0) throw new LabError("bad-data", `${fileName} has no questions`);
  const questions: Question[] = [];
  const faults: string[] = [];
  for (const { where, fields } of entries) {
    const question = toQuestion(fields);
    if (typeof question === "string") faults.push(`${where}: ${question}`);
    else questions.push(question);
  }
  return { questions, faults };
}

function readEntries(text: string, fileName: string): Entry[] {
  if (/\.csv$/i.test(fileName)) return csvEntries(text, fileName);
  const lines = /\.(jsonl|ndjson)$/i.test(fileName) || /^\s*\{/.test(text);
  if (lines) {
    return text.split(/\r?\n/).flatMap((line, i) => {
      const where = `${fileName}, line ${i + 1}`;
      return line.trim() === "" ? [] : [{ where, fields: asFields(parseJson(line, where), where) }];
    });
  }
  if (!/\.json$/i.test(fileName)) {
    throw new LabError("bad-data", `${fileName}: questions are read from .json, .jsonl and .csv files`);
  }
  const raw = parseJson(text, fileName);
  if (!Array.isArray(raw)) throw new LabError("bad-data", `${fileName} must be a list of questions`);
  return raw.map((value: unknown, i) => {
    const where = `${fileName}, question ${i + 1}`;
    return { where, fields: asFields(value, where) };
  });
}

function asFields(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new LabError("bad-data", `${where}: must be an object with \`question\` and \`answer\``);
}

function csvEntries(text: string, fileName: string): Entry[] {
  const [header, ...rows] = parseCsv(text, fileName);
  const names = (header?.cells ?? []).map((cell) => cell.trim());
  if (!names.includes("question") || !names.includes("answer")) {
    throw new LabError(
      "bad-data",
      `${fileName}, line 1: needs the columns question and answer, has ${names.join(", ")}`,
    );
  }
  return rows.map(({ line, cells }) => {
    const where = `${fileName}, line ${line}`;
    if (cells.length !== names.length) {
      throw new LabError("bad-data", `${where}: ${cells.length} cells under ${names.length} columns`);
    }
    const filled = names.flatMap((name, i) => (cells[i] === "" ? [] : [[name, cells[i]!] as const]));
    const letters = filled.filter(([name]) => /^[A-Za-z]$/.test(name));
    const fields: Record<string, unknown> = Object.fromEntries(filled);
    if (letters.length > 0) fields.options = Object.fromEntries(letters);
    else if (typeof fields.options === "string")
      fields.options = parseJson(fields.options, `${where}, options`);
    return { where, fields };
  });
}

/** The question, or what is wrong with it. */
function toQuestion(fields: Record<string, unknown>): Question | string {
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
    return `the answer "${answer}" is not among the options ${texts.map((option) => `"${option}"`).join(", ")}`;
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

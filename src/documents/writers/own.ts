/** Our own forms, as questions.ts reads them: JSON, JSONL and a table. */
import type { Question } from "../../core/run.ts";

/** Without what was not said. */
const fields = (question: Question): object =>
  Object.fromEntries(
    Object.entries(question).filter(([name, value]) =>
      name === "options"
        ? Object.keys(value).length > 0
        : value !== null && (!Array.isArray(value) || value.length > 0),
    ),
  );

export const writeJson = (questions: readonly Question[]): string =>
  `${JSON.stringify(questions.map(fields), null, 1)}\n`;

export const writeJsonl = (questions: readonly Question[]): string =>
  questions.map((question) => `${JSON.stringify(fields(question))}\n`).join("");

/** RFC 4180, with a byte-order mark: without it a spreadsheet takes the text for another encoding. */
export function writeCsv(questions: readonly Question[]): string {
  const most = Math.max(0, ...questions.map(({ options }) => Object.keys(options).length));
  const letters = Array.from({ length: most }, (_, i) => String.fromCharCode(65 + i));
  const rows = questions.map(({ question, answer, options, evidence, relation, phrasings, bridge }) => {
    const texts = Object.values(options);
    const said = phrasings.length > 0 ? JSON.stringify(phrasings) : "";
    return [question, answer, ...letters.map((_, i) => texts[i] ?? ""), evidence, relation, said, bridge];
  });
  const header = ["question", "answer", ...letters, "evidence", "relation", "phrasings", "bridge"];
  return `\uFEFF${[header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

const cell = (value: string | null | undefined): string => {
  const text = value ?? "";
  return /[",\r\n;\t]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
};

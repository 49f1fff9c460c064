/** Aiken: a question on one line, its options by letter, and `ANSWER: B` (docs.moodle.org, "Aiken format"). */
import type { Question } from "../../core/run.ts";
import type { CheckedQuestions } from "../questions.ts";
import { textQuestion } from "./questionOf.ts";

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
const letter = (i: number): string => String.fromCharCode(65 + i);

/** Multiple choice only: the format has no open questions, and 26 options at most. */
export const writeAiken = (questions: readonly Question[]): string =>
  questions
    .flatMap(({ question, options, answer }) => {
      const texts = Object.values(options);
      if (texts.length === 0 || texts.length > 26) return [];
      const lines = texts.map((text, i) => `${letter(i)}. ${oneLine(text)}`);
      return [[stem(question), ...lines, `ANSWER: ${letter(texts.indexOf(answer))}`, ""].join("\n")];
    })
    .join("\n");

/** A question that itself looks like an option or an answer line would be read as one. */
const stem = (question: string): string => {
  const line = oneLine(question);
  return OPTION.test(line) || KEY.test(line) ? `“${line}”` : line;
};

const OPTION = /^\s*([A-Z])[.)]\s*(.*)$/;
const KEY = /^\s*ANSWER:\s*([A-Z])\s*$/i;

export const isAiken = (text: string): boolean => /^\s*ANSWER:\s*[A-Z]\s*$/im.test(text);

export function readAiken(text: string, fileName: string): CheckedQuestions {
  const checked: CheckedQuestions = { questions: [], faults: [] };
  let asked: string[] = [];
  let options: string[] = [];
  for (const [i, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    const option = OPTION.exec(line);
    const key = KEY.exec(line)?.[1]?.toUpperCase();
    if (key !== undefined) {
      const answer = options[key.charCodeAt(0) - 65];
      const read =
        answer === undefined
          ? `the answer ${key} is not among ${options.length} options`
          : textQuestion(asked.join(" "), answer, options);
      if (typeof read === "string") checked.faults.push(`${fileName}, line ${i + 1}: ${read}`);
      else checked.questions.push(read);
      asked = [];
      options = [];
    } else if (option && option[1] === letter(options.length) && asked.length > 0)
      options.push(option[2]!.trim());
    else if (line.trim() !== "") asked.push(line.trim());
  }
  if (asked.length > 0) checked.faults.push(`${fileName}: the last question has no ANSWER line`);
  return checked;
}

/** GIFT, Moodle's text form of questions: `::name:: question {=right ~wrong}` (docs.moodle.org, "GIFT format"). */

import type { Question } from "../../core/run.ts";
import type { CheckedQuestions } from "../questions.ts";
import { textQuestion } from "./questionOf.ts";

/** What GIFT reads as its own signs stands behind a backslash; a line end is one too. */
const escaped = (text: string): string =>
  text
    .trim()
    .replace(/[\\~=#{}:]/g, "\\$&")
    .replace(/\r\n?|\n/g, "\\n");

/** Questions with options as multiple choice, open ones as short answers; the evidence is the general feedback. */
export const writeGift = (questions: readonly Question[]): string =>
  questions
    .map(({ question, options, answer, evidence }, i) => {
      const wrong = Object.values(options).filter((text) => text !== answer);
      const choices = [`=${escaped(answer)}`, ...wrong.map((text) => `~${escaped(text)}`)];
      const feedback = evidence ? [`####${escaped(evidence)}`] : [];
      // `[plain]` keeps Moodle from reading mark-up into signs such as * and <.
      return `::${i + 1}::[plain]${escaped(question)} {\n${[...choices, ...feedback].map((line) => `\t${line}`).join("\n")}\n}\n`;
    })
    .join("\n");

/** Multiple choice and short answers; of other kinds (matching, numbers, true or false) and what is broken is told. */
export function readGift(text: string, fileName: string): CheckedQuestions {
  const checked: CheckedQuestions = { questions: [], faults: [] };
  for (const { line, source } of itemsOf(text)) {
    const read = readItem(source);
    if (typeof read === "string") checked.faults.push(`${fileName}, line ${line}: ${read}`);
    else checked.questions.push(read);
  }
  return checked;
}

/** Questions are apart by blank lines; lines that begin with // are comments and those with $ settings. */
function itemsOf(text: string): { line: number; source: string }[] {
  const items: { line: number; source: string }[] = [];
  let lines: string[] = [];
  let begin = 1;
  const close = () => {
    if (lines.some((line) => line.trim() !== "")) items.push({ line: begin, source: lines.join("\n") });
    lines = [];
  };
  for (const [i, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\r|\n/)
    .entries()) {
    if (/^\s*(?:\/\/|\$CATEGORY:)/.test(line)) continue;
    const inside = count(lines.join("\n"), "{") > count(lines.join("\n"), "}");
    if (line.trim() === "" && !inside) close();
    else {
      if (lines.length === 0) begin = i + 1;
      lines.push(line);
    }
  }
  close();
  return items;
}

const count = (text: string, sign: string): number =>
  [...text.matchAll(/\\.|[{}]/gs)].filter(([found]) => found === sign).length;

const TOKEN = /\\.|[^\\]/gs;

/** Cuts at signs that are not escaped. */
function cutAt(text: string, signs: string): { sign: string; text: string }[] {
  const parts = [{ sign: "", text: "" }];
  for (const [token] of text.matchAll(TOKEN)) {
    if (signs.includes(token)) parts.push({ sign: token, text: "" });
    else parts.at(-1)!.text += token;
  }
  return parts;
}

const plain = (text: string): string =>
  text.replace(/\\(.)/gs, (_, sign: string) => (sign === "n" ? "\n" : sign)).trim();

function readItem(source: string): Question | string {
  const named = /^\s*::(?:\\.|[^:\\]|:(?!:))*::/s.exec(source)?.[0] ?? "";
  const [before, opened, ...more] = cutAt(source.slice(named.length), "{");
  if (opened === undefined) return "has no answers in { }";
  if (more.length > 0) return "has more than one { }";
  const [inside, closed] = cutAt(opened.text, "}");
  if (closed === undefined) return "its { is not closed";
  if (/^\s*#(?!#)/.test(inside!.text)) return "asks for a number, which is not read";
  if (/^\s*(?:T|F|TRUE|FALSE)\s*(?:#|$)/i.test(inside!.text)) return "is true or false, which is not read";
  const stem = before!.text.replace(/^\s*\[(?:plain|html|moodle|markdown)\]/, "");
  const after = plain(closed.text);
  const question = after === "" ? plain(stem) : `${plain(stem)} ____ ${after}`; // the missing word
  const feedback = /####((?:\\.|[^\\])*)$/s.exec(inside!.text);
  const choices = cutAt(feedback ? inside!.text.slice(0, feedback.index) : inside!.text, "=~").slice(1);
  if (choices.some(({ text }) => /(?<!\\)->/.test(text))) return "is a matching question, which is not read";
  const texts = choices.map(({ sign, text }) => ({
    right: sign === "=" || /^\s*%100%/.test(text),
    text: plain(cutAt(text, "#")[0]!.text.replace(/^\s*%-?[\d.]+%/, "")),
  }));
  const right = texts.filter((choice) => choice.right).map(({ text }) => text);
  const wrong = texts.filter((choice) => !choice.right).map(({ text }) => text);
  if (right.length === 0) return "has no right answer, one with =";
  if (right.length > 1 && wrong.length > 0) return "has several right answers";
  return textQuestion(question, right[0]!, wrong.length > 0 ? texts.map(({ text }) => text) : [], {
    evidence: feedback ? plain(feedback[1]!) : null,
  });
}

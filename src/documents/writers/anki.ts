/** Cards for Anki as tab-separated text, with the header lines its importer reads (docs.ankiweb.net, "Text files"). */
import type { Question } from "../../core/run.ts";
import { readTable } from "../csv.ts";
import type { CheckedQuestions } from "../questions.ts";
import { textQuestion } from "./questionOf.ts";

/** A field is HTML: its signs are written as entities, line ends as <br>; a tab would begin the next field. */
const field = (text: string): string =>
  text
    .trim()
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;") // quotes would be read as the table's
    .replace(/\t/g, " ")
    .replace(/\r\n?|\n/g, "<br>");

const head = (kind: string): string => `#separator:tab\n#html:true\n#notetype:${kind}\n`;

/** Front: the question; back: the answer, under it the sentence that says so. */
export const writeAnkiBasic = (questions: readonly Question[]): string =>
  head("Basic") +
  questions
    .map(({ question, answer, evidence }) => {
      const back = evidence ? `${field(answer)}<br><br><i>${field(evidence)}</i>` : field(answer);
      return `${field(question)}\t${back}\n`;
    })
    .join("");

/** The sentence of the document with its answer hidden, {{c1::…}}; a question without one is asked in front of its answer. */
export const writeAnkiCloze = (questions: readonly Question[]): string =>
  head("Cloze") +
  questions
    .map(({ question, answer, evidence }) => {
      const at = evidence === null ? -1 : standsAt(evidence, answer);
      const [before, after] =
        evidence && at >= 0
          ? [evidence.slice(0, at), evidence.slice(at + answer.length)]
          : [`${question} `, ""];
      return `${clozed(before)}{{c1::${hidden(answer)}}}${clozed(after)}\t${field(question)}\n`;
    })
    .join("");

/** Where the answer stands as words of its own, else wherever it stands. */
function standsAt(sentence: string, answer: string): number {
  const isWord = (sign: string | undefined) => /[\p{L}\p{N}]/u.test(sign ?? "");
  for (let at = sentence.indexOf(answer); at >= 0; at = sentence.indexOf(answer, at + 1))
    if (!isWord(sentence[at - 1]) && !isWord(sentence[at + answer.length])) return at;
  return sentence.indexOf(answer);
}

/** Inside of a cloze "::" begins its hint and "}}" ends it: a zero-width joiner keeps them apart. */
const hidden = (text: string): string => field(text).replace(/::/g, ":\u2060:").replace(/\}\}/g, "}\u2060}");
/** Outside, "{{" would begin another; spaces at the seam stay. */
const clozed = (text: string): string => {
  const [, begin = "", end = ""] = /^(\s*).*?(\s*)$/s.exec(text) ?? [];
  const inner = field(text).replace(/\{\{/g, "{\u2060{");
  return inner === "" ? (text === "" ? "" : " ") : `${begin && " "}${inner}${end && " "}`;
};

/** Front and back of basic notes, as Anki's own "Notes in Plain Text" writes them. */
export function readAnki(text: string, fileName: string): CheckedQuestions {
  const body = text.replace(/^\uFEFF/, "");
  const settings = /^(?:#[^\r\n]*(?:\r\n|\r|\n))*/.exec(body)![0];
  const skipped = settings.split(/\r\n|\r|\n/).length - 1;
  const checked: CheckedQuestions = { questions: [], faults: [] };
  const table = readTable(`sep=\t\nfront\tback\n${body.slice(settings.length)}`, fileName);
  checked.faults.push(...table.faults);
  const shift = skipped - 2; // the two lines that were put in front
  for (const { line, cells } of table.rows) {
    const [front = "", back = ""] = cells.map(unfield);
    const [answer = "", ...rest] = back.split("\n").filter((part) => part.trim() !== "");
    const read = textQuestion(front, answer, [], { evidence: rest.join(" ") || null });
    if (typeof read === "string") checked.faults.push(`${fileName}, line ${line + shift}: ${read}`);
    else checked.questions.push(read);
  }
  return checked;
}

const unfield = (html: string): string =>
  html
    .replace(/<br\s*\/?>|<\/(?:div|p)>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&nbsp;/g, " ")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&")
    .trim();

/** Questions out of the lab: every form with its name, its file's ending and what writes it. */
import type { Question } from "../core/run.ts";
import { writeAiken } from "./writers/aiken.ts";
import { writeAnkiBasic, writeAnkiCloze } from "./writers/anki.ts";
import { writeGift } from "./writers/gift.ts";
import { writeCsv, writeJson, writeJsonl } from "./writers/own.ts";

export { writeSheet } from "./writers/sheet.ts";

export interface QuestionFormat {
  id: string;
  title: string;
  ending: string; // of its files
  type: string; // MIME
  says: string;
  write(questions: readonly Question[]): string;
}

export const QUESTION_FORMATS: readonly QuestionFormat[] = [
  {
    id: "json",
    title: "JSON",
    ending: ".json",
    type: "application/json",
    says: "with everything, for this lab",
    write: writeJson,
  },
  {
    id: "jsonl",
    title: "JSONL",
    ending: ".jsonl",
    type: "application/jsonl",
    says: "the same, one a line",
    write: writeJsonl,
  },
  {
    id: "csv",
    title: "CSV",
    ending: ".csv",
    type: "text/csv",
    says: "a table for any spreadsheet",
    write: writeCsv,
  },
  {
    id: "gift",
    title: "GIFT",
    ending: ".gift",
    type: "text/plain",
    says: "Moodle, with the sentence as feedback",
    write: writeGift,
  },
  {
    id: "aiken",
    title: "Aiken",
    ending: ".txt",
    type: "text/plain",
    says: "Moodle and others; multiple choice only",
    write: writeAiken,
  },
  {
    id: "anki",
    title: "Anki, basic",
    ending: ".tsv",
    type: "text/tab-separated-values",
    says: "question in front, answer behind",
    write: writeAnkiBasic,
  },
  {
    id: "cloze",
    title: "Anki, cloze",
    ending: ".tsv",
    type: "text/tab-separated-values",
    says: "the sentence with its answer hidden",
    write: writeAnkiCloze,
  },
];

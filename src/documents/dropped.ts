/** Dropped files, sorted into documents and questions. */

import { LabError } from "../core/errors.ts";
import type { SourceDocument } from "../core/messages.ts";
import type { QuestionSet } from "../core/run.ts";
import type { CorpusFiles } from "./corpus.ts";
import { parseDocuments, type TextFile } from "./documents.ts";
import { parseQuestions } from "./questions.ts";

/** What a file holds, by its name's ending; a .json with questions in it says so. */
const holdsQuestions = ({ name, text }: TextFile): boolean =>
  /\.(jsonl|ndjson|csv)$/i.test(name) || (/\.json$/i.test(name) && /"question"\s*:/.test(text));

/** Which set a question file is for, by its name. */
function setOf(name: string): QuestionSet {
  if (/two-?hop|2-?hop/i.test(name)) return "twohop";
  return /test|dev|eval|held-?out/i.test(name) ? "test" : "train";
}

/** @throws LabError bad-data naming the file and the place, or when a document is empty, or there is none */
export function sortDropped(files: readonly TextFile[]): CorpusFiles {
  const dropped: CorpusFiles = {
    documents: parseDocuments(files.filter((f) => !holdsQuestions(f))),
    train: [],
    test: [],
    twohop: [],
  };
  for (const file of files.filter(holdsQuestions)) {
    dropped[setOf(file.name)].push(...parseQuestions(file.text, file.name));
  }
  if (dropped.test.length === 0) dropped.test = dropped.train; // the preview says so
  const isEmpty = ({ text, passages }: SourceDocument): boolean =>
    !text?.trim() && !passages?.some((passage) => passage.trim());
  if (dropped.documents.every(isEmpty)) {
    throw new LabError(
      "bad-data",
      "there is no document with text among the files: add a .txt, .md or .json",
    );
  }
  const empty = dropped.documents.find(isEmpty);
  if (empty) throw new LabError("bad-data", `the document "${empty.id}" is empty: leave it out`);
  return dropped;
}

/** Dropped files, sorted into documents and questions. */
import { LabError } from "../core/errors.ts";
import type { SourceDocument } from "../core/messages.ts";
import type { Question, QuestionSet } from "../core/run.ts";
import type { CorpusFiles } from "./corpus.ts";
import { readText } from "./decode.ts";
import { parseDocuments, type TextFile } from "./documents.ts";
import { checkQuestions } from "./questions.ts";

export interface DroppedFile {
  name: string;
  bytes: Uint8Array;
}

export interface QuestionFile {
  name: string;
  set: QuestionSet; // told by its name, until somebody says otherwise
  questions: Question[];
}

/** What was dropped, before it is decided which file is for which set. */
export interface Dropped {
  documents: SourceDocument[];
  questionFiles: QuestionFile[];
  notes: string[]; // how a file was read where that is not plain
  faults: string[]; // questions that were left out, each with its file and line
}

/** @throws LabError bad-data naming the file and the place, or when a document is empty, or there is none */
export function readDropped(files: readonly DroppedFile[]): Dropped {
  const notes: string[] = [];
  const texts = files.map(({ name, bytes }): TextFile => {
    const read = readText(bytes, name);
    notes.push(...read.notes);
    return { name, text: read.text };
  });
  const documents = parseDocuments(texts.filter((file) => !holdsQuestions(file)));
  const faults: string[] = [];
  const questionFiles = texts.filter(holdsQuestions).map(({ name, text }): QuestionFile => {
    const checked = checkQuestions(text, name);
    faults.push(...checked.faults);
    return { name, set: setOf(name), questions: checked.questions };
  });
  refuseEmpty(documents);
  return { documents, questionFiles, notes, faults };
}

/** The corpus that the dropped files make; without a held-out file the test takes the questions to learn. */
export function corpusOf({ documents, questionFiles }: Dropped): CorpusFiles {
  const questionsFor = (set: QuestionSet): Question[] =>
    questionFiles.filter((file) => file.set === set).flatMap(({ questions }) => questions);
  const train = questionsFor("train");
  const test = questionsFor("test");
  return { documents, train, test: test.length === 0 ? train : test, twohop: questionsFor("twohop") };
}

/** What a file holds, by its name's ending; a .json with questions in it says so. */
const holdsQuestions = ({ name, text }: TextFile): boolean =>
  /\.(jsonl|ndjson|csv|tsv)$/i.test(name) || (/\.json$/i.test(name) && /"question"\s*:/.test(text));

const HELD_OUT = new Set(
  "test tests testing testset dev devset eval evals evaluation val valid validation heldout holdout exam".split(
    " ",
  ),
);

/** Which set a question file is for: by the whole words of its name, so that latest.jsonl and devices.csv are to learn. */
export function setOf(fileName: string): QuestionSet {
  const words = fileName
    .replace(/\.[^.]*$/, "")
    .replace(/DevOps/gi, "devops") // one word, however it is written
    .split(
      /[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/u,
    )
    .map((word) => word.toLowerCase())
    .filter((word) => word !== "");
  const pairs = words.map((word, i) => word + (words[i + 1] ?? ""));
  if ([...words, ...pairs].some((word) => /^(two|2)hops?$/.test(word))) return "twohop";
  return [...words, ...pairs.filter((pair) => /^(held|hold)out$/.test(pair))].some((word) =>
    HELD_OUT.has(word),
  )
    ? "test"
    : "train";
}

function refuseEmpty(documents: readonly SourceDocument[]): void {
  const isEmpty = ({ text, passages }: SourceDocument): boolean =>
    !text?.trim() && !passages?.some((passage) => passage.trim());
  if (documents.every(isEmpty)) {
    throw new LabError(
      "bad-data",
      "there is no document with text among the files: add a .txt, .md or .json",
    );
  }
  const empty = documents.find(isEmpty);
  if (empty) throw new LabError("bad-data", `the document "${empty.id}" is empty: leave it out`);
}

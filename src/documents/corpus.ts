/** A folder of documents and questions in the form of the built-in archive (method.md §5). */

import { type FileSource, readOptional } from "../core/files.ts";
import type { SourceDocument } from "../core/messages.ts";
import type { Question } from "../core/run.ts";
import { readText } from "./decode.ts";
import { parseDocuments } from "./documents.ts";
import { checkQuestions, shortened } from "./questions.ts";

export interface CorpusFiles {
  documents: SourceDocument[];
  train: Question[];
  test: Question[]; // held out
  twohop: Question[]; // may be empty
  held?: Question[]; // about facts that are not trained
}

/**
 * documents.json, train.json, test.json and, where it is there, twohop.json. `label` turns a file's name into what an
 * error calls it; `onNote` is told how a file was read where that is not plain, and which questions were left out.
 * @throws LabError not-found or bad-data naming the file and the question or document
 */
export async function readCorpusFiles(
  source: FileSource,
  label = (name: string) => name,
  onNote: (note: string) => void = () => {},
): Promise<CorpusFiles> {
  // Fetched together, judged in this order: the first fault is the same however fast each file comes.
  const [documents, train, test, twohop] = await Promise.allSettled([
    source("documents.json"),
    source("train.json"),
    source("test.json"),
    readOptional(source, "twohop.json"),
  ]);
  const text = (name: string, read: PromiseSettledResult<Uint8Array | null>): string | null => {
    if (read.status === "rejected") throw read.reason;
    if (read.value === null) return null;
    const { text, notes } = readText(read.value, label(name));
    notes.forEach(onNote);
    return text;
  };
  const questions = (name: string, read: PromiseSettledResult<Uint8Array | null>): Question[] => {
    const found = text(name, read);
    if (found === null) return [];
    const { questions, faults } = checkQuestions(found, label(name));
    for (const told of shortened(faults)) onNote(`left out: ${told}`);
    return questions;
  };
  return {
    documents: parseDocuments([
      { name: label("documents.json"), text: text("documents.json", documents) ?? "" },
    ]),
    train: questions("train.json", train),
    test: questions("test.json", test),
    twohop: questions("twohop.json", twohop),
  };
}

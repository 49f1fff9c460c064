/** A folder of documents and questions in the form of the built-in archive (method.md §5). */
import { parseDocuments } from "./documents.ts";
import { decodeText, type FileSource, readOptional } from "./files.ts";
import type { SourceDocument } from "./messages.ts";
import { parseQuestions } from "./questions.ts";
import type { Question } from "./run.ts";

export interface CorpusFiles {
  documents: SourceDocument[];
  train: Question[];
  test: Question[]; // held out
  twohop: Question[]; // may be empty
}

/**
 * documents.json, train.json, test.json and, where it is there, twohop.json. `label` turns a file's name into what an
 * error calls it.
 * @throws LabError not-found or bad-data naming the file and the question or document
 */
export async function readCorpusFiles(
  source: FileSource,
  label = (name: string) => name,
): Promise<CorpusFiles> {
  const text = async (name: string) => decodeText(await source(name), label(name));
  const questions = async (name: string) => parseQuestions(await text(name), label(name));
  const [documents, train, test, twohop] = await Promise.all([
    text("documents.json"),
    questions("train.json"),
    questions("test.json"),
    readOptional(source, "twohop.json"),
  ]);
  return {
    documents: parseDocuments([{ name: label("documents.json"), text: documents }]),
    train,
    test,
    twohop:
      twohop === null ? [] : parseQuestions(decodeText(twohop, label("twohop.json")), label("twohop.json")),
  };
}

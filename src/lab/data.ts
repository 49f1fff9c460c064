/** The data folder of a run: documents.json, train.json, test.json, optional twohop.json (method.md §5). */
import { join } from "node:path";
import { parseDocuments } from "../core/documents.ts";
import { decodeText, readOptional } from "../core/files.ts";
import type { SourceDocument } from "../core/messages.ts";
import { parseQuestions } from "../core/questions.ts";
import type { Question } from "../core/run.ts";
import type { RunData } from "../train/context.ts";
import { fromFolder, readBytes } from "./files.ts";

/** @throws LabError not-found or bad-data naming the file and the question or document */
export async function readData(folder: string): Promise<RunData & { documents: SourceDocument[] }> {
  const read = async (name: string): Promise<string> =>
    decodeText(await readBytes(join(folder, name)), join(folder, name));
  const questions = async (name: string): Promise<Question[]> =>
    parseQuestions(await read(name), join(folder, name));
  const documents = parseDocuments([
    { name: join(folder, "documents.json"), text: await read("documents.json") },
  ]);
  const hasTwoHop = (await readOptional(fromFolder(folder), "twohop.json")) !== null;
  return {
    documents,
    train: await questions("train.json"),
    test: await questions("test.json"),
    twohop: hasTwoHop ? await questions("twohop.json") : [],
  };
}

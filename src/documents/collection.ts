/** A corpus as one file that leaves the lab: a zip of documents.json and question sets, with a manifest that names it. */
import { parseJson } from "../core/files.ts";
import type { Question, QuestionSet } from "../core/run.ts";
import type { ZippedFile } from "../core/unzip.ts";
import type { CorpusFiles } from "./corpus.ts";

export const MANIFEST = "manifest.json";
const FORMAT = "closed-book-collection";
const VERSION = 1;

/** The files of a corpus, as text by their names; dropped again, zipped, they are the same corpus. */
export function collectionFiles(name: string, corpus: CorpusFiles): Map<string, string> {
  const { documents, train, test, twohop, held = [] } = corpus;
  const sets: [QuestionSet, readonly Question[]][] = [
    ["train", train],
    ["test", JSON.stringify(test) === JSON.stringify(train) ? [] : test], // without one of its own the test takes the questions to learn
    ["twohop", twohop],
    ["held", held],
  ];
  const files = new Map([
    [MANIFEST, JSON.stringify({ format: FORMAT, version: VERSION, name }, null, 2)],
    ["documents.json", JSON.stringify(documents)],
  ]);
  for (const [set, questions] of sets)
    if (questions.length > 0)
      files.set(`${set === "held" ? "untaught" : set}.json`, JSON.stringify(questions, null, 1));
  return files;
}

/** The name of the collection that a zip's files are; null where they are no collection. */
export async function readCollectionName(files: readonly ZippedFile[]): Promise<string | null> {
  const manifest = files.find(({ path }) => path === MANIFEST);
  if (manifest === undefined) return null;
  try {
    const value = parseJson(new TextDecoder().decode(await manifest.read()), MANIFEST);
    const { format, name } = value as { format?: unknown; name?: unknown };
    return format === FORMAT && typeof name === "string" ? name : null;
  } catch {
    return null; // somebody else's manifest.json
  }
}

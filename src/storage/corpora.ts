/** Documents with their passages, vectors and questions: written together, so that they always fit each other. */

import type { SourceDocument } from "../core/messages.ts";
import type { Passage } from "../documents/documents.ts";
import { type Corpus, type LabDb, read, startingWith, write } from "./db.ts";
import { putQuestions, type QuestionSets } from "./questions.ts";

const STORES = ["corpora", "documents", "passages", "vectors", "questions"] as const;

/** What an index is made of. */
export interface CorpusContent {
  documents: readonly SourceDocument[];
  passages: readonly Passage[];
  vectors: Float32Array<ArrayBuffer>; // (passages, dimension)
  questions?: QuestionSets | undefined; // absent: those that are stored stay
}

/** Puts a corpus in the place of the one with its id, if any. @throws LabError quota-exceeded, with the old one kept */
export async function saveCorpus(
  db: LabDb,
  corpus: Pick<Corpus, "id" | "embedder" | "dimension">,
  content: CorpusContent,
): Promise<Corpus> {
  const { documents, passages, vectors, questions } = content;
  const stored = { ...corpus, documents: documents.length, passages: passages.length };
  const { id } = corpus;
  return write(db, [...STORES], `saving the documents "${id}"`, content, async (tx) => {
    await Promise.all([
      tx.objectStore("documents").delete(startingWith(id)),
      tx.objectStore("passages").delete(startingWith(id)),
    ]);
    await Promise.all([
      ...documents.map((document, i) => tx.objectStore("documents").put(document, [id, i])),
      ...passages.map((passage, i) => tx.objectStore("passages").put(passage, [id, i])),
      tx.objectStore("vectors").put(vectors, id),
      tx.objectStore("corpora").put(stored),
      questions && putQuestions(tx, id, questions),
    ]);
    return stored;
  });
}

export const listCorpora = (db: LabDb): Promise<Corpus[]> =>
  read("listing the documents", () => db.getAll("corpora"));

export const getCorpus = (db: LabDb, id: string): Promise<Corpus | null> =>
  read(`reading the documents "${id}"`, async () => (await db.get("corpora", id)) ?? null);

export const readDocuments = (db: LabDb, id: string): Promise<SourceDocument[]> =>
  read(`reading the documents "${id}"`, () => db.getAll("documents", startingWith(id)));

/** A corpus with its passages and vectors, as of one moment; null where there is none. */
export const loadIndex = (
  db: LabDb,
  id: string,
): Promise<{ corpus: Corpus; passages: Passage[]; vectors: Float32Array<ArrayBuffer> } | null> =>
  read(`reading the documents "${id}"`, async () => {
    const tx = db.transaction(["corpora", "passages", "vectors"]);
    const [corpus, passages, vectors] = await Promise.all([
      tx.objectStore("corpora").get(id),
      tx.objectStore("passages").getAll(startingWith(id)),
      tx.objectStore("vectors").get(id),
      tx.done,
    ]);
    return corpus === undefined || vectors === undefined ? null : { corpus, passages, vectors };
  });

/** Deletes a corpus with everything in it, its questions too. */
export const deleteCorpus = (db: LabDb, id: string): Promise<void> =>
  write(db, [...STORES], `deleting the documents "${id}"`, null, async (tx) => {
    await Promise.all([
      tx.objectStore("corpora").delete(id),
      tx.objectStore("documents").delete(startingWith(id)),
      tx.objectStore("passages").delete(startingWith(id)),
      tx.objectStore("vectors").delete(id),
      tx.objectStore("questions").delete(startingWith(id)),
    ]);
  });

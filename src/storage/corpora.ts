/** Documents with their passages, vectors and questions: written together, so that they always fit each other. */

import type { SourceDocument } from "../core/messages.ts";
import type { Passage } from "../documents/documents.ts";
import {
  type Corpus,
  type EmbeddedPart,
  type LabDb,
  read,
  startingWith,
  type WriteTransaction,
  write,
} from "./db.ts";
import { putQuestions, type QuestionSets } from "./questions.ts";

const STORES = ["corpora", "documents", "passages", "vectors", "parts", "questions"] as const;

/** What an index is made of. */
export interface CorpusContent {
  documents: readonly SourceDocument[];
  passages: readonly Passage[];
  vectors: Float32Array<ArrayBuffer>; // (passages, dimension)
  questions?: QuestionSets | undefined; // absent: those that are stored stay
}

/** Puts a corpus in the place of the one with its id, if any. @throws LabError quota-exceeded, with the old one kept */
export const saveCorpus = (
  db: LabDb,
  corpus: Pick<Corpus, "id" | "embedder" | "dimension">,
  { vectors, ...content }: CorpusContent,
): Promise<Corpus> =>
  write(db, [...STORES], `saving the documents "${corpus.id}"`, { vectors, content }, async (tx) => {
    const stored = await putTexts(tx, corpus, content);
    await Promise.all([
      tx.objectStore("vectors").put(vectors, corpus.id),
      tx.objectStore("parts").delete(startingWith(corpus.id)),
    ]);
    return stored;
  });

/**
 * Puts a corpus in the place of the one with its id before it is embedded: until `saveCorpus` it cannot be searched, and
 * nothing of it is lost. `known` are vectors that its passages can use.
 * @throws LabError quota-exceeded, with the old one kept
 */
export const beginCorpus = (
  db: LabDb,
  corpus: Pick<Corpus, "id" | "embedder" | "dimension">,
  content: Omit<CorpusContent, "vectors">,
  known: readonly EmbeddedPart[],
): Promise<Corpus> =>
  write(db, [...STORES], `saving the documents "${corpus.id}"`, { content, known }, async (tx) => {
    const stored = await putTexts(tx, corpus, content);
    await Promise.all([
      tx.objectStore("vectors").delete(corpus.id),
      tx.objectStore("parts").delete(startingWith(corpus.id)),
    ]);
    await Promise.all(known.map((part, i) => tx.objectStore("parts").put(part, [corpus.id, i])));
    return stored;
  });

/** Keeps vectors of a corpus that is being embedded. */
export const keepPart = (db: LabDb, id: string, sequence: number, part: EmbeddedPart): Promise<void> =>
  write(db, ["parts"], `saving what is embedded of "${id}"`, part, async (tx) => {
    await tx.objectStore("parts").put(part, [id, sequence]);
  });

async function putTexts(
  tx: WriteTransaction,
  corpus: Pick<Corpus, "id" | "embedder" | "dimension">,
  { documents, passages, questions }: Omit<CorpusContent, "vectors">,
): Promise<Corpus> {
  const { id } = corpus;
  const stored = { ...corpus, documents: documents.length, passages: passages.length };
  await Promise.all([
    tx.objectStore("documents").delete(startingWith(id)),
    tx.objectStore("passages").delete(startingWith(id)),
  ]);
  await Promise.all([
    ...documents.map((document, i) => tx.objectStore("documents").put(document, [id, i])),
    ...passages.map((passage, i) => tx.objectStore("passages").put(passage, [id, i])),
    tx.objectStore("corpora").put(stored),
    questions && putQuestions(tx, id, questions),
  ]);
  return stored;
}

export const listCorpora = (db: LabDb): Promise<Corpus[]> =>
  read("listing the documents", () => db.getAll("corpora"));

export const getCorpus = (db: LabDb, id: string): Promise<Corpus | null> =>
  read(`reading the documents "${id}"`, async () => (await db.get("corpora", id)) ?? null);

export const readDocuments = (db: LabDb, id: string): Promise<SourceDocument[]> =>
  read(`reading the documents "${id}"`, () => db.getAll("documents", startingWith(id)));

/** A corpus with its passages and vectors, as of one moment; null where there is none. */
export const loadIndex = async (
  db: LabDb,
  id: string,
): Promise<{ corpus: Corpus; passages: Passage[]; vectors: Float32Array<ArrayBuffer> } | null> => {
  const { corpus, passages, vectors } = await loadAll(db, id);
  return corpus === undefined || vectors === undefined ? null : { corpus, passages, vectors };
};

export interface StoredIndex {
  corpus: Corpus | undefined;
  documents: SourceDocument[];
  passages: Passage[];
  vectors: Float32Array<ArrayBuffer> | undefined; // without them it is still to be embedded
  parts: EmbeddedPart[];
}

/** All that is stored of a corpus but its questions, as of one moment. */
export const loadAll = (db: LabDb, id: string): Promise<StoredIndex> =>
  read(`reading the documents "${id}"`, async () => {
    const tx = db.transaction(["corpora", "documents", "passages", "vectors", "parts"]);
    const [corpus, documents, passages, vectors, parts] = await Promise.all([
      tx.objectStore("corpora").get(id),
      tx.objectStore("documents").getAll(startingWith(id)),
      tx.objectStore("passages").getAll(startingWith(id)),
      tx.objectStore("vectors").get(id),
      tx.objectStore("parts").getAll(startingWith(id)),
      tx.done,
    ]);
    return { corpus, documents, passages, vectors, parts };
  });

/** Deletes a corpus with everything in it, its questions too. */
export const deleteCorpus = (db: LabDb, id: string): Promise<void> =>
  write(db, [...STORES, "reviews"], `deleting the documents "${id}"`, null, async (tx) => {
    await Promise.all([
      tx.objectStore("reviews").delete(startingWith(id)),
      tx.objectStore("corpora").delete(id),
      tx.objectStore("documents").delete(startingWith(id)),
      tx.objectStore("passages").delete(startingWith(id)),
      tx.objectStore("vectors").delete(id),
      tx.objectStore("parts").delete(startingWith(id)),
      tx.objectStore("questions").delete(startingWith(id)),
    ]);
  });

/** Documents with their questions: the built-in archive from the site, one's own from the database. */

import { LabError } from "../core/errors.ts";
import { fromUrl } from "../core/files.ts";
import { zip } from "../core/zip.ts";
import { collectionFiles } from "../documents/collection.ts";
import { type CorpusFiles, readCorpusFiles } from "../documents/corpus.ts";
import { deleteCorpus, listCorpora, loadIndex, readDocuments } from "../storage/corpora.ts";
import type { LabDb } from "../storage/db.ts";
import { readQuestions } from "../storage/questions.ts";
import { getRun } from "../storage/runs.ts";
import { trainingRun } from "../storage/training.ts";
import { download } from "./download.ts";
import { siteUrl } from "./site.ts";

export interface Corpus extends CorpusFiles {
  id: string; // as in RunConfig.data: "data/archive", or "corpus:…" for one's own
  name: string;
}

export const ARCHIVE = "data/archive";
export const ARCHIVE_NAME = "The archive";
const OWN = "corpus:"; // what the id of one's own corpus begins with; its name follows
export const isOwn = (id: string): boolean => id.startsWith(OWN);
export const ownCorpusId = (name: string): string => OWN + name;
export const corpusName = (id: string): string =>
  id === ARCHIVE ? ARCHIVE_NAME : isOwn(id) ? id.slice(OWN.length) : id;

/** A name that no corpus has: the wanted one, or that with the next free number behind it. */
export function freeCorpusName(wanted: string, ids: readonly string[]): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted} ${n}`;
    if (!ids.includes(ownCorpusId(name))) return name;
  }
}

/** The corpus as one file, which dropped again is the same corpus. */
export async function collectionZip(corpus: Corpus): Promise<Blob> {
  const files = [...collectionFiles(corpus.name, corpus)];
  return await zip(files.map(([name, text]) => ({ name, content: new Blob([text]) })));
}

export async function downloadCollection(corpus: Corpus): Promise<void> {
  download(
    `${corpus.name.replace(/[\\/:*?"<>|]+/g, " ")}.zip`,
    "application/zip",
    await collectionZip(corpus),
  );
}

export interface PassageVectors {
  vectors: Float32Array; // (passages, dimension)
  dimension: number;
  names: string[]; // of the passages: their title and how they begin
}

const NAME_LENGTH = 90; // characters of it that a reader meets

/** All corpora the lab knows. The retrieval worker stores documents and questions as it indexes them. */
export interface Corpora {
  /** Ids of one's own; the built-in one is not among them. */
  list(): Promise<string[]>;
  /** @throws LabError not-found, or bad-data when a file of it is damaged */
  load(id: string): Promise<Corpus>;
  /** A corpus' passages and vectors as they are indexed, as of one moment. @throws LabError not-found */
  vectors(id: string): Promise<PassageVectors>;
  /** @throws LabError busy while a tab trains on it: then it may be neither changed nor removed */
  requireFree(id: string): Promise<void>;
  /** @throws LabError busy */
  remove(id: string): Promise<void>;
}

export const openCorpora = (opening: Promise<LabDb>): Corpora => ({
  async list() {
    const ids = (await listCorpora(await opening)).map((corpus) => corpus.id);
    return ids.filter(isOwn);
  },
  async load(id) {
    if (!isOwn(id)) {
      return { id, name: corpusName(id), ...(await readCorpusFiles(fromUrl(siteUrl(id)))) };
    }
    const db = await opening;
    const [documents, sets] = await Promise.all([readDocuments(db, id), readQuestions(db, id)]);
    if (documents.length === 0) {
      throw new LabError(
        "not-found",
        `“${corpusName(id)}” is not stored in this browser; drop its files again`,
      );
    }
    return { id, name: corpusName(id), documents, train: [], test: [], twohop: [], ...sets };
  },
  async vectors(id) {
    const index = await loadIndex(await opening, id);
    if (index === null)
      throw new LabError("not-found", `“${corpusName(id)}” is not indexed yet: wait until it is`);
    const names = index.passages.map(({ title, text }) =>
      (title ? `${title}: ${text}` : text).slice(0, NAME_LENGTH),
    );
    return { vectors: index.vectors, dimension: index.corpus.dimension, names };
  },
  requireFree: async (id) => requireFree(await opening, id),
  async remove(id) {
    const db = await opening;
    await requireFree(db, id);
    await deleteCorpus(db, id);
  },
});

async function requireFree(db: LabDb, id: string): Promise<void> {
  const training = await trainingRun(db);
  const run = training ? await getRun(db, training) : null;
  if (run?.config.data === id)
    throw new LabError(
      "busy",
      `“${corpusName(id)}” is being trained, perhaps in another tab: stop that run first`,
    );
}

/** Documents with their questions: the built-in archive from the site, one's own from the database. */

import { LabError } from "../core/errors.ts";
import { fromUrl } from "../core/files.ts";
import { type CorpusFiles, readCorpusFiles } from "../documents/corpus.ts";
import { deleteCorpus, listCorpora, readDocuments } from "../storage/corpora.ts";
import type { LabDb } from "../storage/db.ts";
import { readQuestions, saveQuestions } from "../storage/questions.ts";
import { siteUrl } from "./site.ts";

export interface Corpus extends CorpusFiles {
  id: string; // as in RunConfig.data: "data/archive", or "corpus:…" for one's own
  name: string;
}

export const ARCHIVE = "data/archive";
export const ARCHIVE_NAME = "The archive";
const OWN = "corpus:"; // what the id of one's own corpus begins with; its name follows
export const ownCorpusId = (name: string): string => OWN + name;
export const corpusName = (id: string): string =>
  id === ARCHIVE ? ARCHIVE_NAME : id.startsWith(OWN) ? id.slice(OWN.length) : id;

/** All corpora the lab knows. The retrieval worker stores the documents as it indexes them; the page the questions. */
export interface Corpora {
  /** Ids of one's own; the built-in one is not among them. */
  list(): Promise<string[]>;
  /** @throws LabError not-found, or bad-data when a file of it is damaged */
  load(id: string): Promise<Corpus>;
  saveQuestions(corpus: Corpus): Promise<void>;
  remove(id: string): Promise<void>;
}

export const openCorpora = (opening: Promise<LabDb>): Corpora => ({
  async list() {
    const ids = (await listCorpora(await opening)).map((corpus) => corpus.id);
    return ids.filter((id) => id.startsWith(OWN));
  },
  async load(id) {
    if (!id.startsWith(OWN)) {
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
  async saveQuestions({ id, train, test, twohop }) {
    await saveQuestions(await opening, id, { train, test, twohop });
  },
  remove: async (id) => deleteCorpus(await opening, id),
});

/** Documents with their questions: the built-in archive from the site, one's own from the database. */
import { parseDocuments } from "../core/documents.ts";
import { LabError } from "../core/errors.ts";
import { decodeText, fromUrl, readOptional } from "../core/files.ts";
import type { SourceDocument } from "../core/messages.ts";
import { parseQuestions } from "../core/questions.ts";
import type { Question } from "../core/run.ts";
import { deleteCorpus, listCorpora, readDocuments } from "../storage/corpora.ts";
import type { LabDb } from "../storage/db.ts";
import { readQuestions, saveQuestions } from "../storage/questions.ts";
import { siteUrl } from "./site.ts";

export interface Corpus {
  id: string; // as in RunConfig.data: "data/archive", or "corpus:…" for one's own
  name: string;
  documents: SourceDocument[];
  train: Question[];
  test: Question[]; // held out
  twohop: Question[];
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
    if (!id.startsWith(OWN)) return loadSiteCorpus(id);
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

/** Reads a folder of the site: documents.json, train.json, test.json, optional twohop.json. */
async function loadSiteCorpus(id: string): Promise<Corpus> {
  const files = fromUrl(siteUrl(id));
  const text = async (file: string) => decodeText(await files(file), file);
  const [documents, train, test, twohop] = await Promise.all([
    text("documents.json"),
    text("train.json"),
    text("test.json"),
    readOptional(files, "twohop.json"),
  ]);
  return {
    id,
    name: corpusName(id),
    documents: parseDocuments([{ name: "documents.json", text: documents }]),
    train: parseQuestions(train, "train.json"),
    test: parseQuestions(test, "test.json"),
    twohop: twohop === null ? [] : parseQuestions(decodeText(twohop, "twohop.json"), "twohop.json"),
  };
}

/** What the retrieval worker does, apart from being a worker: indexes corpora into IndexedDB and searches them. */
import { LabError } from "../core/errors.ts";
import type { RetrievalRequests, SourceDocument } from "../core/messages.ts";
import { type Handlers, serve } from "../core/requests.ts";
import type { Entail } from "../core/run.ts";
import { makeFacts } from "../documents/questionMaking.ts";
import { type Embedder, openEmbedder } from "../retrieval/embed.ts";
import { openNli } from "../retrieval/nli.ts";
import { buildIndex, openIndex, type PassageIndex, retrieve } from "../retrieval/search.ts";
import { loadIndex, readDocuments, saveCorpus } from "../storage/corpora.ts";
import type { Corpus, LabDb } from "../storage/db.ts";
import { saveQuestions } from "../storage/questions.ts";
import { openModelFiles } from "./modelFiles.ts";

type Index = RetrievalRequests["index"]["ask"];
type OnProgress = (progress: RetrievalRequests["index"]["progress"]) => void;

interface OpenCorpus {
  corpus: Corpus;
  index: PassageIndex;
}

/** How a model is opened by its name in a command; each is asked once, and the model stays in memory. */
export interface Openers {
  embedder(name: string): Promise<Embedder>;
  nli(name: string): Promise<Entail>;
}

const OPENERS: Openers = {
  embedder: async (name) => openEmbedder(await openModelFiles(name)),
  nli: async (name) => openNli(await openModelFiles(name)),
};

export function openRetrievalService(
  db: Promise<LabDb>,
  open: Partial<Openers> = {},
): Handlers<RetrievalRequests> {
  const openers = { ...OPENERS, ...open };
  const corpora = new Map<string, Promise<OpenCorpus>>(); // the newest command's; a failed one is forgotten
  const embedderFor = once(openers.embedder);
  const nliFor = once(openers.nli);

  const remember = (id: string, opening: Promise<OpenCorpus>): Promise<OpenCorpus> => {
    corpora.set(id, opening);
    opening.catch(() => {
      if (corpora.get(id) === opening) corpora.delete(id); // what is stored is still good
    });
    return opening;
  };

  const load = async (id: string): Promise<OpenCorpus | null> => {
    const stored = await loadIndex(await db, id);
    if (stored === null) return null;
    const { corpus, passages, vectors } = stored;
    return { corpus, index: openIndex(passages, vectors, corpus.dimension) };
  };

  /** Documents and embedder the same as stored → nothing to embed; otherwise all anew, stored before it is announced. */
  const build = async (
    { corpus: id, embedder: name, documents, questions }: Index,
    onProgress: OnProgress,
  ) => {
    const stored = await load(id);
    if (stored?.corpus.embedder === name && same(await readDocuments(await db, id), documents)) {
      if (questions) await saveQuestions(await db, id, questions);
      return stored;
    }
    const embedder = await embedderFor(name);
    const index = await buildIndex(documents, embedder, (done, of) => onProgress({ done, of }));
    const { passages, vectors, dimension } = index;
    const corpus = await saveCorpus(
      await db,
      { id, embedder: name, dimension },
      { documents, passages, vectors, questions },
    );
    return { corpus, index };
  };

  const opened = (id: string): Promise<OpenCorpus> =>
    corpora.get(id) ??
    remember(
      id,
      load(id).then((it) => it ?? absent(id)),
    );

  const handlers: Handlers<RetrievalRequests> = {
    connect: ({ port }) => serve(handlers, port),

    async index(ask, onProgress) {
      const { corpus: id } = ask;
      const before = corpora.get(id) ?? Promise.resolve(null);
      const building = before.catch(() => null).then(() => build(ask, onProgress));
      const { corpus } = await remember(id, building);
      const { documents, passages, embedder, dimension } = corpus;
      void embedderFor(embedder).catch(() => {}); // the first search should not wait; if it fails, that search says so
      return { documents, passages, embedder, dimension };
    },

    async search({ corpus: id, queries, ...how }) {
      const found = await opened(id);
      const embedder = how.retrieval === "bm25" ? null : await embedderFor(found.corpus.embedder);
      return retrieve(found.index, embedder, queries, how);
    },

    async makeFacts({ corpus: id, seed }) {
      const { index } = await opened(id);
      const passages = index.passages.map(({ documentId, title, text }) => ({ documentId, title, text }));
      return { passages, facts: makeFacts(passages, seed) };
    },

    entail: async ({ nli, pairs }) => (await nliFor(nli))(pairs),
  };
  return handlers;
}

/** Remembers what `open` gave for each name; a failure is forgotten, so that a later command tries again. */
function once<T>(open: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const opened = new Map<string, Promise<T>>();
  return (name) => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const opening = open(name);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  };
}

const same = (a: SourceDocument[], b: SourceDocument[]): boolean => JSON.stringify(a) === JSON.stringify(b);

function absent(id: string): never {
  throw new LabError("not-found", `the documents "${id}" are not indexed here yet: index them first`);
}

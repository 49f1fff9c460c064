/** What the retrieval worker does, apart from being a worker: indexes corpora into IndexedDB and searches them. */
import { LabError } from "../core/errors.ts";
import type { RetrievalRequests, SourceDocument } from "../core/messages.ts";
import { type Handlers, serve } from "../core/requests.ts";
import type { Entail } from "../core/run.ts";
import { type Embedder, openEmbedder } from "../retrieval/embed.ts";
import { cutAgain, type KnownVectors, learn, unknownTexts, vectorsOf } from "../retrieval/incremental.ts";
import { openNli } from "../retrieval/nli.ts";
import { openIndex, type PassageIndex, retrieve } from "../retrieval/search.ts";
import {
  beginCorpus,
  keepPart,
  loadAll,
  loadIndex,
  type StoredIndex,
  saveCorpus,
} from "../storage/corpora.ts";
import type { Corpus, EmbeddedPart, LabDb } from "../storage/db.ts";
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
  const stops = new Map<string, AbortController>(); // of the newest index command of each corpus

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

  /**
   * Documents and embedder the same as stored → nothing to embed; otherwise what is new of them, stored before it is
   * announced. Where that takes long, the documents are stored first and vectors as they come.
   */
  const build = async (ask: Index, onProgress: OnProgress, signal: AbortSignal): Promise<OpenCorpus> => {
    const { corpus: id, embedder: name, documents, questions } = ask;
    const before = await loadAll(await db, id);
    if (before.corpus?.embedder === name && before.vectors && same(before.documents, documents)) {
      if (questions) await saveQuestions(await db, id, questions);
      return {
        corpus: before.corpus,
        index: openIndex(before.passages, before.vectors, before.corpus.dimension),
      };
    }
    const embedder = await embedderFor(name);
    const { dimension } = embedder;
    const { passages, cut } = await cutAgain(
      documents,
      before.corpus?.embedder === name ? before : null,
      embedder.countTokens,
      async () => {
        await breathe();
        return !signal.aborted;
      },
    );
    const parts = partsOf(before);
    if (cut < documents.length) {
      const whole = before.vectors !== undefined; // what can be searched stays as it is
      if (!whole)
        await beginCorpus(
          await db,
          { id, embedder: name, dimension },
          { documents, passages, questions },
          parts,
        );
      throw stoppedCutting(cut, documents.length, whole);
    }
    const known: KnownVectors = new Map();
    for (const { embedder, texts, vectors } of parts) if (embedder === name) learn(known, texts, vectors);
    const missing = unknownTexts(passages, known);
    const corpus = { id, embedder: name, dimension };
    const long = missing.length > SLICE;
    if (long) {
      const others = parts.filter(({ embedder }) => embedder !== name);
      const texts = [...new Set(passages.map(({ text }) => text))].filter((text) => known.has(text));
      const kept = { embedder: name, texts, vectors: vectorsOf(texts, known, dimension) };
      parts.splice(0, parts.length, ...others, ...(texts.length > 0 ? [kept] : []));
      await beginCorpus(await db, corpus, { documents, passages, questions }, parts);
    }
    for (let at = 0; at < missing.length; at += SLICE) {
      if (long) await breathe();
      if (signal.aborted) throw stoppedAt(at, missing.length);
      const texts = missing.slice(at, at + SLICE);
      const vectors = await embedder.embed(texts, (done) =>
        onProgress({ done: at + done, of: missing.length }),
      );
      learn(known, texts, vectors);
      if (long) await keepPart(await db, id, parts.length + at / SLICE, { embedder: name, texts, vectors });
    }
    const vectors = vectorsOf(
      passages.map(({ text }) => text),
      known,
      dimension,
    );
    const stored = await saveCorpus(await db, corpus, { documents, passages, vectors, questions });
    return { corpus: stored, index: openIndex(passages, vectors, dimension) };
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
      const stop = new AbortController();
      stops.set(id, stop);
      const building = before.catch(() => null).then(() => build(ask, onProgress, stop.signal));
      const { corpus } = await remember(id, building);
      const { documents, passages, embedder, dimension } = corpus;
      void embedderFor(embedder).catch(() => {}); // the first search should not wait; if it fails, that search says so
      return { documents, passages, embedder, dimension };
    },

    forget({ corpus }) {
      stops.get(corpus)?.abort();
      stops.delete(corpus);
      corpora.delete(corpus);
    },

    stopIndex: ({ corpus }) => stops.get(corpus)?.abort(),

    async search({ corpus: id, queries, ...how }) {
      const found = await opened(id);
      const embedder = how.retrieval === "bm25" ? null : await embedderFor(found.corpus.embedder);
      return retrieve(found.index, embedder, queries, how);
    },

    async embed({ corpus: id, queries }) {
      const { corpus } = await opened(id);
      const embedder = await embedderFor(corpus.embedder);
      return embedder.embed(queries.map((query) => embedder.queryPrompt + query));
    },

    async makeFacts({ corpus: id, seed }) {
      const { index } = await opened(id);
      const { makeFacts } = await import("../documents/questionMaking.ts"); // the rules are fetched by who makes questions
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

const SLICE = 512; // passages embedded between two looks at what else is asked

/** Lets messages in: the embedder gives its results without leaving the thread. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

const stoppedAt = (done: number, of: number): LabError =>
  new LabError(
    "aborted",
    `stopped at ${done} of ${of} passages: the documents and what is embedded are kept, indexing again goes on from there`,
  );

const stoppedCutting = (cut: number, of: number, whole: boolean): LabError =>
  new LabError(
    "aborted",
    `stopped when ${cut} of ${of} documents were cut into passages: ${
      whole ? "the collection is as it was" : "the documents are kept, indexing again goes on from there"
    }`,
  );

/** All vectors that are stored of a corpus, of a whole index or of one under way. */
function partsOf({ corpus, passages, vectors, parts }: StoredIndex): EmbeddedPart[] {
  if (corpus === undefined || vectors === undefined) return parts;
  const texts = passages.map(({ text }) => text);
  return [...parts, { embedder: corpus.embedder, texts, vectors }];
}

const same = (a: SourceDocument[], b: SourceDocument[]): boolean => JSON.stringify(a) === JSON.stringify(b);

function absent(id: string): never {
  throw new LabError("not-found", `the documents "${id}" are not indexed here yet: index them first`);
}

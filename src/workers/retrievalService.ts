/** What the retrieval worker does, apart from being a worker: indexes corpora into IndexedDB and searches them. */
import { LabError, reportError } from "../core/errors.ts";
import type { RetrievalCommand, RetrievalEvent, SourceDocument } from "../core/messages.ts";
import type { Entail } from "../core/run.ts";
import { type Embedder, openEmbedder } from "../retrieval/embed.ts";
import { openNli } from "../retrieval/nli.ts";
import { buildIndex, openIndex, type PassageIndex, retrieve } from "../retrieval/search.ts";
import { loadIndex, readDocuments, saveCorpus } from "../storage/corpora.ts";
import type { Corpus, LabDb } from "../storage/db.ts";
import { openModelFiles } from "./modelFiles.ts";

type Post = (event: RetrievalEvent) => void;
type Index = RetrievalCommand & { type: "index" };
type Search = RetrievalCommand & { type: "search" };
type Ask = RetrievalCommand & { type: "entail" };

interface OpenCorpus {
  corpus: Corpus;
  index: PassageIndex;
}

export interface RetrievalService {
  /** Carries out a command; events and failures go to `post`, and to nobody else. */
  handle(command: RetrievalCommand, post: Post): Promise<void>;
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

export function openRetrievalService(db: Promise<LabDb>, open: Partial<Openers> = {}): RetrievalService {
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
    { corpus: id, embedder: name, documents }: Index,
    onProgress: (done: number, of: number) => void,
  ) => {
    const stored = await load(id);
    if (stored?.corpus.embedder === name && same(await readDocuments(await db, id), documents)) {
      return stored;
    }
    const embedder = await embedderFor(name);
    const index = await buildIndex(documents, embedder, onProgress);
    const { passages, vectors, dimension } = index;
    const corpus = await saveCorpus(
      await db,
      { id, embedder: name, dimension },
      { documents, passages, vectors },
    );
    return { corpus, index };
  };

  const index = async (command: Index, post: Post): Promise<void> => {
    const { requestId, corpus: id } = command;
    const before = corpora.get(id) ?? Promise.resolve(null);
    const onProgress = (done: number, of: number): void => post({ type: "indexing", requestId, done, of });
    const building = before.catch(() => null).then(() => build(command, onProgress));
    const { corpus } = await remember(id, building);
    const { documents, passages, embedder, dimension } = corpus;
    post({ type: "indexed", requestId, documents, passages, embedder, dimension });
    void embedderFor(embedder).catch(() => {}); // the first search should not wait; if it fails, that search says so
  };

  const search = async (command: Search, post: Post): Promise<void> => {
    const { requestId, corpus: id, queries, retrieval, k, tokenBudget } = command;
    const found = await (corpora.get(id) ??
      remember(
        id,
        load(id).then((it) => it ?? absent(id)),
      ));
    const embedder = retrieval === "bm25" ? null : await embedderFor(found.corpus.embedder);
    const hits = await retrieve(found.index, embedder, queries, { retrieval, k, tokenBudget });
    post({ type: "hits", requestId, hits });
  };

  const entail = async ({ requestId, nli, pairs }: Ask, post: Post): Promise<void> => {
    const ask = await nliFor(nli);
    post({ type: "entailed", requestId, probabilities: await ask(pairs) });
  };

  const service: RetrievalService = {
    async handle(command, post) {
      try {
        switch (command.type) {
          case "connect":
            return listen(service, command.port);
          case "index":
            return await index(command, post);
          case "search":
            return await search(command, post);
          case "entail":
            return await entail(command, post);
          default:
            command satisfies never;
        }
      } catch (error) {
        const requestId = command.type === "connect" ? null : command.requestId;
        post({ type: "failed", requestId, error: reportError(error) });
      }
    },
  };
  return service;
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

/** A worker's `self` or a message port. */
interface Port {
  onmessage: ((event: MessageEvent<RetrievalCommand>) => void) | null;
  postMessage(event: RetrievalEvent): void;
}

/** Answers the commands that arrive at `port`, on `port`. */
export function listen(service: RetrievalService, port: Port): void {
  port.onmessage = ({ data }) => void service.handle(data, (event) => port.postMessage(event));
}

const same = (a: SourceDocument[], b: SourceDocument[]): boolean => JSON.stringify(a) === JSON.stringify(b);

function absent(id: string): never {
  throw new LabError("not-found", `the documents "${id}" are not indexed here yet: index them first`);
}

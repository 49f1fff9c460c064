import { expect, test, vi } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import type { RetrievalCommand, RetrievalEvent, SourceDocument } from "../../src/core/messages.ts";
import type { Entail } from "../../src/core/run.ts";
import type { Embedder } from "../../src/retrieval/embed.ts";
import { listCorpora } from "../../src/storage/corpora.ts";
import { type LabDb, openLabDb } from "../../src/storage/db.ts";
import { listen, openRetrievalService } from "../../src/workers/retrievalService.ts";
import { openSearchClient } from "../../src/workers/searchClient.ts";
import { freshIndexedDb } from "../helpers/labDb.ts";

freshIndexedDb();

/** Stands in for the ONNX one: counts of letters, so that "aa" is near "a" and nothing is known of digits. */
function letterEmbedder(dimension: number): Embedder & { embedded: string[] } {
  const embedded: string[] = [];
  return {
    dimension,
    queryPrompt: "",
    embedded,
    async embed(texts, onProgress) {
      const vectors = new Float32Array(texts.length * dimension);
      texts.forEach((text, row) => {
        embedded.push(text);
        for (const letter of text.toLowerCase().match(/[a-z]/g) ?? []) {
          const at = row * dimension + (letter.charCodeAt(0) % dimension);
          vectors[at] = vectors[at]! + 1;
        }
        onProgress?.(row + 1, texts.length);
      });
      return vectors;
    },
    countTokens: (text) => text.split(/\s+/).length,
  };
}

const documents: SourceDocument[] = [
  { id: "a", title: "A", text: null, passages: ["aaa aaa", "bbb"] },
  { id: "b", title: "B", text: "Ccc.", passages: null },
];

/** A worker of its own on a database, as after a reload. */
function start(db: LabDb) {
  const embedders: Record<string, ReturnType<typeof letterEmbedder>> = {
    e: letterEmbedder(3),
    f: letterEmbedder(5),
  };
  const open = vi.fn(async (name: string) => {
    const embedder = embedders[name];
    if (embedder === undefined) throw new LabError("not-found", `${name} is not there`);
    return embedder;
  });
  const nli = vi.fn(async (name: string): Promise<Entail> => {
    if (name !== "n") throw new LabError("not-found", `${name} is not there`);
    return async (pairs) => pairs.map(({ premise, hypothesis }) => Number(premise.includes(hypothesis)));
  });
  const service = openRetrievalService(Promise.resolve(db), { embedder: open, nli });
  let requests = 0;
  const ask = async (command: Record<string, unknown>) => {
    const events: RetrievalEvent[] = [];
    const requestId = ++requests;
    await service.handle({ requestId, ...command } as RetrievalCommand, (event) => events.push(event));
    expect(events.every((event) => event.requestId === requestId)).toBe(true);
    return events;
  };
  const index = (changes: Record<string, unknown> = {}) =>
    ask({ type: "index", corpus: "x", embedder: "e", documents, ...changes });
  const search = (query: string, changes: Record<string, unknown> = {}) =>
    ask({
      type: "search",
      corpus: "x",
      queries: [query],
      retrieval: "hybrid",
      k: 2,
      tokenBudget: null,
      ...changes,
    });
  const entail = (nli: string, pairs: [string, string][]) =>
    ask({ type: "entail", nli, pairs: pairs.map(([premise, hypothesis]) => ({ premise, hypothesis })) });
  return { service, open, nli, embedders, index, search, entail };
}

test("indexes with progress, then finds", async () => {
  const { index, search } = start(await openLabDb());
  const [first, ...rest] = await index();
  expect(first).toMatchObject({ type: "indexing", done: 1, of: 3 });
  expect(rest.at(-1)).toMatchObject({
    type: "indexed",
    documents: 2,
    passages: 3,
    embedder: "e",
    dimension: 3,
  });
  const [found] = await search("bbb");
  expect(found).toMatchObject({ type: "hits", hits: [[{ index: 1, text: "bbb", title: "A" }, {}]] });
});

test("after a reload the same documents are not embedded again, and search works without indexing", async () => {
  const db = await openLabDb();
  await start(db).index();
  const again = start(db);
  const events = await again.index();
  expect(events).toMatchObject([{ type: "indexed", passages: 3, dimension: 3 }]);
  expect(again.embedders.e!.embedded).toEqual([]);
  const third = start(db);
  expect(await third.search("bbb")).toMatchObject([{ type: "hits", hits: [[{ index: 1 }, {}]] }]);
  expect(third.embedders.e!.embedded).toEqual(["bbb"]);
});

test("BM25 opens no embedder", async () => {
  const db = await openLabDb();
  await start(db).index();
  const { open, search } = start(db);
  expect(await search("ccc", { retrieval: "bm25" })).toMatchObject([
    { type: "hits", hits: [[{ index: 2 }]] },
  ]);
  expect(open).not.toHaveBeenCalled();
});

test("another embedder or other documents are embedded anew", async () => {
  const db = await openLabDb();
  await start(db).index();
  const { index, embedders, search } = start(db);
  expect((await index({ embedder: "f" })).at(-1)).toMatchObject({
    type: "indexed",
    embedder: "f",
    dimension: 5,
  });
  expect(embedders.f!.embedded).toHaveLength(3);
  const fewer = documents.slice(1);
  expect((await index({ embedder: "f", documents: fewer })).at(-1)).toMatchObject({
    documents: 1,
    passages: 1,
  });
  expect(await search("ccc")).toMatchObject([{ type: "hits", hits: [[{ index: 0 }]] }]);
  expect(await listCorpora(db)).toMatchObject([{ id: "x", documents: 1, embedder: "f" }]);
});

test("an index that fails says why and leaves the old one in use", async () => {
  const db = await openLabDb();
  const { index, search } = start(db);
  await index();
  const empty: SourceDocument = { id: "blank", title: "", text: " ", passages: null };
  expect(await index({ documents: [empty] })).toMatchObject([
    { type: "failed", error: { code: "bad-data", message: expect.stringMatching(/"blank" is empty/) } },
  ]);
  expect(await index({ embedder: "gone" })).toMatchObject([{ type: "failed", error: { code: "not-found" } }]);
  expect(await search("bbb")).toMatchObject([{ type: "hits", hits: [[{ index: 1 }, {}]] }]);
});

test("a search waits for the index that was asked for before it", async () => {
  const { index, search } = start(await openLabDb());
  const [, found] = await Promise.all([index(), search("bbb")]);
  expect(found).toMatchObject([{ type: "hits", hits: [[{ index: 1 }, {}]] }]);
});

test("an unknown corpus is not-found; indexing it later works", async () => {
  const { index, search } = start(await openLabDb());
  expect(await search("a")).toMatchObject([{ type: "failed", error: { code: "not-found" } }]);
  await index();
  expect(await search("a")).toMatchObject([{ type: "hits" }]);
});

test("an embedder that could not be fetched is tried again", async () => {
  const { open, index } = start(await openLabDb());
  open.mockRejectedValueOnce(new LabError("not-found", "offline"));
  expect(await index()).toMatchObject([{ type: "failed", error: { message: "offline" } }]);
  expect((await index()).at(-1)).toMatchObject({ type: "indexed" });
});

test("entailment by a model that is opened once; a missing one is said and tried again", async () => {
  const { entail, nli } = start(await openLabDb());
  const pairs: [string, string][] = [
    ["abc", "b"],
    ["b", "abc"],
  ];
  for (let i = 0; i < 2; i++)
    expect(await entail("n", pairs)).toMatchObject([{ type: "entailed", probabilities: [1, 0] }]);
  expect(nli).toHaveBeenCalledTimes(1);
  for (let i = 0; i < 2; i++)
    expect(await entail("m", pairs)).toMatchObject([{ type: "failed", error: { code: "not-found" } }]);
  expect(nli).toHaveBeenCalledTimes(3);
});

test("the train worker asks over its port; what fails there fails here", async () => {
  const { service, index } = start(await openLabDb());
  await index();
  const { port1, port2 } = new MessageChannel();
  const client = openSearchClient();
  await expect(client.entail("n", [])).rejects.toMatchObject({ code: "not-found" }); // not connected yet
  listen(service, port1);
  client.connect(port2);
  const query = { corpus: "x", queries: ["ccc"], retrieval: "bm25", k: 1, tokenBudget: null } as const;
  const [hits, probabilities, refusal] = await Promise.allSettled([
    client.search({ ...query, queries: ["ccc"] }),
    client.entail("n", [{ premise: "abc", hypothesis: "b" }]),
    client.entail("m", [{ premise: "abc", hypothesis: "b" }]),
  ]);
  expect(hits).toMatchObject({ value: [[{ index: 2 }]] });
  expect(probabilities).toMatchObject({ value: [1] });
  expect(refusal).toMatchObject({ reason: { code: "not-found", message: "m is not there" } });
  port1.close();
});

test("a connected port is answered on that port", async () => {
  const { service, index } = start(await openLabDb());
  await index();
  const { port1, port2 } = new MessageChannel();
  const page: RetrievalEvent[] = [];
  const self = {
    onmessage: null as Parameters<typeof listen>[1]["onmessage"],
    postMessage: (e: RetrievalEvent) => page.push(e),
  };
  listen(service, self);
  self.onmessage!({ data: { type: "connect", port: port2 } } as MessageEvent<RetrievalCommand>);
  const answer = new Promise<RetrievalEvent>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data as RetrievalEvent);
  });
  const command: RetrievalCommand = {
    type: "search",
    requestId: 9,
    corpus: "x",
    queries: ["ccc"],
    retrieval: "bm25",
    k: 1,
    tokenBudget: null,
  };
  port1.postMessage(command);
  expect(await answer).toMatchObject({ type: "hits", requestId: 9, hits: [[{ index: 2 }]] });
  expect(page).toEqual([]);
  port1.close();
});

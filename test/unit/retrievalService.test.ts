import { expect, test, vi } from "vitest";
import { LabError } from "../../src/core/errors.ts";
import type { RetrievalRequests, SourceDocument } from "../../src/core/messages.ts";
import { type Answer, type Call, openClient, type Port, serve } from "../../src/core/requests.ts";
import type { Entail } from "../../src/core/run.ts";
import { block } from "../../src/documents/blocks.ts";
import type { Embedder } from "../../src/retrieval/embed.ts";
import { deleteCorpus, listCorpora, loadIndex, readDocuments } from "../../src/storage/corpora.ts";
import { type LabDb, openLabDb } from "../../src/storage/db.ts";
import { readQuestions } from "../../src/storage/questions.ts";
import { openRetrievalService } from "../../src/workers/retrievalService.ts";
import { openSearchClient } from "../../src/workers/searchClient.ts";
import { directClient } from "../helpers/directClient.ts";
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
  const client = directClient<RetrievalRequests>(service);
  const told: RetrievalRequests["index"]["progress"][] = [];
  const index = (changes: Partial<RetrievalRequests["index"]["ask"]> = {}) => {
    const ask = { corpus: "x", embedder: "e", documents, ...changes };
    return client.ask("index", ask, { onProgress: (progress) => told.push(progress) });
  };
  const search = (query: string, changes: Partial<RetrievalRequests["search"]["ask"]> = {}) => {
    const how = { retrieval: "hybrid", k: 2, tokenBudget: null } as const;
    return client.ask("search", { corpus: "x", queries: [query], ...how, ...changes });
  };
  const entail = (nli: string, pairs: [string, string][]) =>
    client.ask("entail", { nli, pairs: pairs.map(([premise, hypothesis]) => ({ premise, hypothesis })) });
  return { service, client, open, nli, embedders, index, told, search, entail };
}

test("indexes with progress, then finds; a question alone is embedded as a search embeds it", async () => {
  const { client, index, told, search } = start(await openLabDb());
  expect(await index()).toEqual({ documents: 2, passages: 3, embedder: "e", dimension: 3 });
  expect(told).toEqual([1, 2, 3].map((done) => ({ done, of: 3 })));
  expect(await search("bbb")).toMatchObject([[{ index: 1, text: "bbb", title: "A" }, {}]]);
  const vectors = await client.ask("embed", { corpus: "x", queries: ["bbb", "ab"] });
  expect([...vectors]).toEqual([0, 0, 3, 0, 1, 1]); // letters by their codes, modulo 3
});

test("after a reload the same documents are not embedded again, and search works without indexing", async () => {
  const db = await openLabDb();
  await start(db).index();
  const again = start(db);
  expect(await again.index()).toMatchObject({ passages: 3, dimension: 3 });
  expect([again.told, again.embedders.e!.embedded]).toEqual([[], []]);
  const third = start(db);
  expect(await third.search("bbb")).toMatchObject([[{ index: 1 }, {}]]);
  expect(third.embedders.e!.embedded).toEqual(["bbb"]);
});

test("a corpus that was deleted is not found any more, without a reload", async () => {
  const db = await openLabDb();
  const { client, index, search } = start(db);
  await index();
  await search("bbb");
  await deleteCorpus(db, "x");
  await client.ask("forget", { corpus: "x" });
  await expect(search("bbb")).rejects.toMatchObject({ code: "not-found" });
});

test("questions are stored with their documents, also where these are known already", async () => {
  const db = await openLabDb();
  const { index, told } = start(db);
  const asked = (question: string) => ({
    train: [
      { question, options: {}, answer: "a", evidence: null, relation: null, phrasings: [], bridge: null },
    ],
  });
  await index({ questions: asked("one?") });
  expect(await readQuestions(db, "x")).toEqual(asked("one?"));
  await index({ questions: asked("two?") });
  expect(await readQuestions(db, "x")).toEqual(asked("two?"));
  await index();
  expect(await readQuestions(db, "x")).toEqual(asked("two?"));
  expect(told).toHaveLength(3); // embedded once
});

test("BM25 opens no embedder", async () => {
  const db = await openLabDb();
  await start(db).index();
  const { open, search } = start(db);
  expect(await search("ccc", { retrieval: "bm25" })).toMatchObject([[{ index: 2 }]]);
  expect(open).not.toHaveBeenCalled();
});

test("another embedder or other documents are embedded anew", async () => {
  const db = await openLabDb();
  await start(db).index();
  const { index, embedders, search } = start(db);
  expect(await index({ embedder: "f" })).toMatchObject({ embedder: "f", dimension: 5 });
  expect(embedders.f!.embedded).toHaveLength(3);
  const fewer = documents.slice(1);
  expect(await index({ embedder: "f", documents: fewer })).toMatchObject({ documents: 1, passages: 1 });
  expect(await search("ccc")).toMatchObject([[{ index: 0 }]]);
  expect(await listCorpora(db)).toMatchObject([{ id: "x", documents: 1, embedder: "f" }]);
});

test("only what changed is embedded again: another document, a renamed one, a piece brought back", async () => {
  const db = await openLabDb();
  const { index, embedders, search } = start(db);
  await index();
  const embedded = () => embedders.e!.embedded.splice(0);
  embedded();
  const [a, b] = documents;
  const more: SourceDocument[] = [a!, { ...b!, title: "Renamed" }, { ...b!, id: "c", text: "Ddd. " }];
  expect(await index({ documents: more })).toMatchObject({ documents: 3, passages: 4 });
  expect(embedded()).toEqual(["Ddd."]);
  expect(await search("ccc", { retrieval: "bm25" })).toMatchObject([[{ title: "Renamed" }]]);
  const piece = (text: string, left: string | null = null) => block("text", text, { left });
  const read = (left: string | null): SourceDocument[] => [
    ...more,
    {
      id: "d",
      title: "D",
      text: null,
      passages: null,
      blocks: [
        block("heading", "H"),
        piece("Eee."),
        block("heading", "I"),
        piece("Fff."),
        piece("Ggg.", left),
      ],
    },
  ];
  await index({ documents: read("contents") });
  expect(embedded()).toEqual(["H\nEee.", "I\nFff."]);
  await index({ documents: read(null) });
  expect(embedded()).toEqual(["I\nFff.\nGgg."]);
  expect(await search("ggg", { retrieval: "bm25" })).toMatchObject([[{ title: "D", heading: "I" }]]);
  await index({ documents: read(null).slice(2) });
  expect(embedded()).toEqual([]);
});

test("a long index that is stopped keeps documents, questions and what is embedded, and goes on from there", async () => {
  const db = await openLabDb();
  const texts = Array.from({ length: 1300 }, (_, i) => `passage ${i}`);
  const long: SourceDocument[] = [{ id: "long", title: "Long", text: null, passages: texts }];
  const first = start(db);
  const questions = { train: [] };
  const indexing = first.client.ask(
    "index",
    { corpus: "x", embedder: "e", documents: long, questions },
    { onProgress: ({ done }) => done === 600 && void first.client.ask("stopIndex", { corpus: "x" }) },
  );
  await expect(indexing).rejects.toMatchObject({
    code: "aborted",
    message: expect.stringMatching(/stopped at 1024 of 1300 passages/),
  });
  expect(await readDocuments(db, "x")).toEqual(long);
  await expect(first.search("passage")).rejects.toMatchObject({ code: "not-found" }); // not whole yet
  const again = start(db); // as after a reload
  expect(await again.index({ documents: long })).toMatchObject({ passages: 1300 });
  expect(again.told.at(-1)).toEqual({ done: 276, of: 276 });
  expect(again.embedders.e!.embedded).toHaveLength(276);
  expect(await again.search("passage 7", { retrieval: "bm25" })).toMatchObject([[{ text: "passage 7" }, {}]]);
  const whole = await loadIndex(db, "x");
  const expected = await letterEmbedder(3).embed(texts);
  expect(whole!.vectors).toEqual(expected);
  expect(await db.count("parts")).toBe(0);
});

test("stopped while documents are still cut into passages: a new collection is kept, one that can be searched is as it was", async () => {
  const db = await openLabDb();
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 60)); // every step is a long one
  const long = Array.from({ length: 20 }, (_, i): SourceDocument => {
    const blocks = [`Sentence ${i}.`, `Another ${i}.`].map((text) => block("text", text));
    return { id: `d${i}`, title: `D${i}`, text: null, passages: null, blocks };
  });
  const { client, index, search, embedders } = start(db);
  const stopping = (ask: Partial<RetrievalRequests["index"]["ask"]>) => {
    const counted = vi.spyOn(embedders.e!, "countTokens").mockImplementation((text) => {
      if (text.includes("10")) void client.ask("stopIndex", { corpus: "x" });
      return text.length;
    });
    return index({ documents: long, ...ask }).finally(() => counted.mockRestore());
  };
  await expect(stopping({ questions: { train: [] } })).rejects.toMatchObject({
    code: "aborted",
    message: expect.stringMatching(/when 1\d of 20 documents were cut .* documents are kept/),
  });
  expect(await readDocuments(db, "x")).toEqual(long);
  await expect(search("sentence")).rejects.toMatchObject({ code: "not-found" });
  const again = start(db); // as after a reload
  expect(await again.index({ documents: long })).toMatchObject({ documents: 20, passages: 20 });
  const changed = long.map((document) => ({ ...document, title: `${document.title}, again` }));
  await expect(stopping({ documents: changed })).rejects.toMatchObject({
    message: expect.stringMatching(/the collection is as it was/),
  });
  expect(await readDocuments(db, "x")).toEqual(long);
  expect(await start(db).search("another", { retrieval: "bm25" })).toMatchObject([[{ title: "D0" }, {}]]);
  clock.mockRestore();
});

test("another embedder half-way keeps the vectors of the first", async () => {
  const db = await openLabDb();
  const texts = Array.from({ length: 1300 }, (_, i) => `passage ${i}`);
  const long: SourceDocument[] = [{ id: "long", title: "Long", text: null, passages: texts }];
  const { client, index, embedders } = start(db);
  await index({ documents: long });
  embedders.e!.embedded.length = 0;
  const ask = { corpus: "x", embedder: "f", documents: long };
  const onProgress = () => void client.ask("stopIndex", { corpus: "x" });
  await expect(client.ask("index", ask, { onProgress })).rejects.toMatchObject({ code: "aborted" });
  expect(await index({ documents: long })).toMatchObject({ embedder: "e", passages: 1300 });
  expect(embedders.e!.embedded).toEqual([]);
});

test("an index that fails says why and leaves the old one in use", async () => {
  const db = await openLabDb();
  const { index, search } = start(db);
  await index();
  const empty: SourceDocument = { id: "blank", title: "", text: " ", passages: null };
  await expect(index({ documents: [empty] })).rejects.toMatchObject({
    code: "bad-data",
    message: expect.stringMatching(/"blank" is empty/),
  });
  await expect(index({ embedder: "gone" })).rejects.toMatchObject({ code: "not-found" });
  expect(await search("bbb")).toMatchObject([[{ index: 1 }, {}]]);
});

test("a search waits for the index that was asked for before it", async () => {
  const { index, search } = start(await openLabDb());
  const [, found] = await Promise.all([index(), search("bbb")]);
  expect(found).toMatchObject([[{ index: 1 }, {}]]);
});

test("an unknown corpus is not-found; indexing it later works", async () => {
  const { index, search } = start(await openLabDb());
  await expect(search("a")).rejects.toMatchObject({ code: "not-found" });
  await index();
  expect(await search("a")).toMatchObject([[{}, {}]]);
});

test("an embedder that could not be fetched is tried again", async () => {
  const { open, index } = start(await openLabDb());
  open.mockRejectedValueOnce(new LabError("not-found", "offline"));
  await expect(index()).rejects.toThrow("offline");
  expect(await index()).toMatchObject({ documents: 2 });
});

test("entailment by a model that is opened once; a missing one is said and tried again", async () => {
  const { entail, nli } = start(await openLabDb());
  const pairs: [string, string][] = [
    ["abc", "b"],
    ["b", "abc"],
  ];
  for (let i = 0; i < 2; i++) expect(await entail("n", pairs)).toEqual([1, 0]);
  expect(nli).toHaveBeenCalledTimes(1);
  for (let i = 0; i < 2; i++) await expect(entail("m", pairs)).rejects.toMatchObject({ code: "not-found" });
  expect(nli).toHaveBeenCalledTimes(3);
});

test("the train worker asks over its port; what fails there fails here", async () => {
  const { service, index } = start(await openLabDb());
  await index();
  const { port1, port2 } = new MessageChannel();
  const client = openSearchClient();
  await expect(client.ask("entail", { nli: "n", pairs: [] })).rejects.toMatchObject({ code: "not-found" }); // not connected yet
  serve<RetrievalRequests>(service, port1);
  client.connect(port2);
  const query = { corpus: "x", queries: ["ccc"], retrieval: "bm25" as const, k: 1, tokenBudget: null };
  const [hits, probabilities, refusal] = await Promise.allSettled([
    client.ask("search", query),
    client.ask("entail", { nli: "n", pairs: [{ premise: "abc", hypothesis: "b" }] }),
    client.ask("entail", { nli: "m", pairs: [{ premise: "abc", hypothesis: "b" }] }),
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
  const page: Answer[] = [];
  const self: Port = { onmessage: null, postMessage: (message) => page.push(message as Answer) };
  serve<RetrievalRequests>(service, self);
  const connect: Call<RetrievalRequests> = { requestId: 4, name: "connect", ask: { port: port2 } };
  self.onmessage!({ data: connect } as MessageEvent);
  const client = openClient<RetrievalRequests>((call) => port1.postMessage(call));
  port1.onmessage = ({ data }) => client.take(data);
  const query = { corpus: "x", queries: ["ccc"], retrieval: "bm25" as const, k: 1, tokenBudget: null };
  expect(await client.ask("search", query)).toMatchObject([[{ index: 2 }]]);
  expect(page).toEqual([{ requestId: 4, reply: undefined }]); // that it is connected, nothing of the search
  port1.close();
});

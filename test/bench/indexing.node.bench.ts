/**
 * How long 10,000 short passages take to be indexed and stored, as the retrieval worker does it, on a database in memory.
 * Beside it the same without the memory for words (the tokenizer's splitter put into a sequence of one, which says the same
 * and is taken for another one's), in turn; then with one document of a hundred changed, and with none.
 */
import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import type { RetrievalRequests, SourceDocument } from "../../src/core/messages.ts";
import { openLabDb } from "../../src/storage/db.ts";
import { openRetrievalService } from "../../src/workers/retrievalService.ts";
import { directClient } from "../helpers/directClient.ts";
import { publicFile } from "../helpers/fixtures.ts";
import { openFolder } from "../helpers/recall.ts";
import { median, writeResult } from "../helpers/results.ts";

const PASSAGES = 10_000;
const DOCUMENTS = 100;
const ROUNDS = 3;
const FOLDER = "models/embedder-static";

const plain = async (path: string): Promise<Uint8Array<ArrayBuffer>> => {
  const bytes = await publicFile(path);
  if (!path.endsWith("/tokenizer.json")) return bytes;
  const tokenizer = JSON.parse(new TextDecoder().decode(bytes));
  const pre_tokenizer = { type: "Sequence", pretokenizers: [tokenizer.pre_tokenizer] };
  return new TextEncoder().encode(JSON.stringify({ ...tokenizer, pre_tokenizer }));
};

test("indexing", async () => {
  const archive = JSON.parse(
    new TextDecoder().decode(await publicFile("data/archive/documents.json")),
  ) as SourceDocument[];
  const sentences = archive.flatMap(({ passages }) => passages ?? []);
  const documents: SourceDocument[] = Array.from({ length: DOCUMENTS }, (_, d) => ({
    id: `${d}`,
    title: `${d}`,
    text: null,
    passages: Array.from({ length: PASSAGES / DOCUMENTS }, (_, i) => {
      const at = (d * PASSAGES) / DOCUMENTS + i;
      return `${sentences[at % sentences.length]!} Entry ${at}.`;
    }),
  }));
  const embedders = { memory: await openFolder(publicFile, FOLDER), none: await openFolder(plain, FOLDER) };
  const db = await openLabDb();
  const service = directClient<RetrievalRequests>(
    openRetrievalService(Promise.resolve(db), {
      embedder: async (name) => embedders[name as keyof typeof embedders],
    }),
  );
  const index = async (corpus: string, embedder: string, of: SourceDocument[]): Promise<number> => {
    const began = performance.now();
    const { passages } = await service.ask("index", { corpus, embedder, documents: of });
    expect(passages).toBe(PASSAGES);
    return (performance.now() - began) / 1000;
  };
  await embedders.memory.embed(sentences.slice(0, 32));
  await embedders.none.embed(sentences.slice(0, 32));
  const seconds: Record<"none" | "memory" | "one" | "same", number[]> = {
    none: [],
    memory: [],
    one: [],
    same: [],
  };
  for (let round = 0; round < ROUNDS; round++) {
    const fresh = documents.map((one) => ({
      ...one,
      passages: one.passages!.map((text) => `${text} ${round}`),
    }));
    seconds.none.push(await index(`none ${round}`, "none", fresh));
    seconds.memory.push(await index(`memory ${round}`, "memory", fresh));
    const changed = fresh.map((one, i) =>
      i === 50 ? { ...one, passages: one.passages.map((text) => `${text} Changed.`) } : one,
    );
    seconds.one.push(await index(`memory ${round}`, "memory", changed));
    seconds.same.push(await index(`memory ${round}`, "memory", changed));
  }
  const rounded = (value: number) => Number(value.toFixed(2));
  await writeResult("indexing", "none (WebAssembly, one thread)", {
    passages: PASSAGES,
    without_word_memory_seconds: rounded(median(seconds.none)),
    seconds: rounded(median(seconds.memory)),
    ratio: rounded(median(seconds.none.map((s, i) => s / seconds.memory[i]!))),
    one_document_of_100_changed_seconds: rounded(median(seconds.one)),
    nothing_changed_seconds: rounded(median(seconds.same)),
    rounds: Object.fromEntries(Object.entries(seconds).map(([name, all]) => [name, all.map(rounded)])),
  });
});

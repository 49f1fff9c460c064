import { expect, test, vi } from "vitest";
import { openCorpora } from "../../src/app/corpora.ts";
import { openStoredRuns } from "../../src/app/storedRuns.ts";
import type { SourceDocument } from "../../src/core/messages.ts";
import { saveCorpus } from "../../src/storage/corpora.ts";
import { openLabDb } from "../../src/storage/db.ts";
import { saveRun } from "../../src/storage/runs.ts";
import { freshIndexedDb } from "../helpers/labDb.ts";
import { answersOf, cycleRow, QUESTIONS, runRecord, updateRow } from "./helpers/story.ts";

freshIndexedDb();

test("a stored run comes back whole; a deleted one is gone; the newest is first", async () => {
  const db = await openLabDb();
  const runs = openStoredRuns(Promise.resolve(db));
  const rows = [cycleRow(0), updateRow(0), cycleRow(1)];
  const answers = [answersOf(0), answersOf(1)];
  await saveRun(db, runRecord({ createdAt: 1 }), rows, answers);
  await saveRun(db, runRecord({ id: "run-2", createdAt: 2 }));
  expect((await runs.list()).map((run) => run.id)).toEqual(["run-2", "run-1"]);
  expect(await runs.load("run-1")).toEqual({ run: runRecord({ createdAt: 1 }), rows, answers });
  await runs.remove("run-1");
  expect(await runs.load("run-1")).toBeNull();
  expect(await runs.list()).toHaveLength(1);
});

const documents: SourceDocument[] = [{ id: "d", title: "D", text: null, passages: ["One."] }];

test("a corpus of one's own is listed by its name and read back with its questions", async () => {
  const db = await openLabDb();
  const corpora = openCorpora(Promise.resolve(db));
  const corpus = {
    id: "corpus:Notes",
    name: "Notes",
    documents,
    train: QUESTIONS,
    test: QUESTIONS.slice(1),
    twohop: [],
  };
  await corpora.saveQuestions(corpus);
  const index = {
    passages: [{ documentId: "d", title: "D", text: "One.", tokens: 2 }],
    vectors: new Float32Array(4),
  };
  await saveCorpus(db, { id: corpus.id, embedder: "e", dimension: 4 }, { documents, ...index }); // as the retrieval worker does
  await saveCorpus(db, { id: "data/archive", embedder: "e", dimension: 4 }, { documents, ...index });
  expect(await corpora.list()).toEqual(["corpus:Notes"]);
  expect(await corpora.load(corpus.id)).toEqual(corpus);
  await corpora.remove(corpus.id);
  expect(await corpora.list()).toEqual([]);
  await expect(corpora.load(corpus.id)).rejects.toHaveProperty("code", "not-found");
});

test("the archive is read from the site, and a site without it is an error that names the file", async () => {
  const files: Record<string, unknown> = {
    "documents.json": documents,
    "train.json": QUESTIONS,
    "test.json": QUESTIONS,
  };
  const fetched = vi.spyOn(globalThis, "fetch").mockImplementation(async (url) => {
    const file = files[String(url).split("/").at(-1)!];
    return file
      ? Response.json(file)
      : new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
  });
  const corpora = openCorpora(openLabDb());
  const archive = await corpora.load("data/archive");
  expect([archive.name, archive.train.length, archive.twohop.length]).toEqual(["The archive", 124, 0]);
  delete files["test.json"];
  await expect(corpora.load("data/archive")).rejects.toThrow("test.json");
  fetched.mockRestore();
});

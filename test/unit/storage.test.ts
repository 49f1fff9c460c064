import { openDB } from "idb";
import { afterEach, describe, expect, test, vi } from "vitest";
import { RUN_DEFAULTS, type RunConfig, storedRunConfig } from "../../src/core/config.ts";
import type { LabError } from "../../src/core/errors.ts";
import type { CycleAnswers, CycleRow, MetricRow, Question, UpdateRow } from "../../src/core/run.ts";
import { readAnswers } from "../../src/storage/answers.ts";
import { loadCheckpoint, resumeRun, saveCheckpoint } from "../../src/storage/checkpoints.ts";
import {
  beginCorpus,
  deleteCorpus,
  getCorpus,
  keepPart,
  listCorpora,
  loadAll,
  loadIndex,
  readDocuments,
  saveCorpus,
} from "../../src/storage/corpora.ts";
import { type Checkpoint, type LabDb, openLabDb, read } from "../../src/storage/db.ts";
import { readQuestions, saveQuestions } from "../../src/storage/questions.ts";
import { requestPersistence, sizeOf, storageSpace } from "../../src/storage/quota.ts";
import { readRows } from "../../src/storage/rows.ts";
import { deleteRun, getRun, listRuns, saveRun } from "../../src/storage/runs.ts";
import { getSetting, putSetting } from "../../src/storage/settings.ts";
import { freshIndexedDb, storedRecord } from "../helpers/labDb.ts";

freshIndexedDb();
const OPEN: Question = {
  question: "",
  options: {},
  answer: "a",
  evidence: null,
  relation: null,
  phrasings: [],
  bridge: null,
};
afterEach(() => vi.unstubAllGlobals());

const run = storedRecord;
const row = (update: number) => ({ type: "update", update, loss: update / 10 }) as UpdateRow;
const cycleRow = (cycle: number) => ({ type: "cycle", cycle }) as CycleRow;
const answers = (cycle: number): CycleAnswers => ({ cycle, closed_test: ["Ada"], open_test: [null] });
const checkpoint = (cycle: number, update: number): Checkpoint => ({
  cycle,
  update,
  weights: Float32Array.of(update, 1),
  m: Float32Array.of(update, 2),
  v: Float32Array.of(update, 3),
  state: { rng: { order: update }, passages: [[1, 2]], seen: new Map([["a", 1]]) },
});
const save = (db: LabDb, cycle: number, update: number, rows: MetricRow[] = [row(update)]) =>
  saveCheckpoint(db, {
    run: run("a"),
    checkpoint: checkpoint(cycle, update),
    rows,
    answers: [answers(cycle)],
  });

/** What another tab would see: everything in every store. */
async function everything(db: LabDb): Promise<Record<string, unknown[]>> {
  const stores = [...db.objectStoreNames];
  return Object.fromEntries(await Promise.all(stores.map(async (store) => [store, await db.getAll(store)])));
}

describe("runs", () => {
  test("newest first, read back as they were after reopening", async () => {
    const db = await openLabDb();
    for (const [id, at] of [
      ["b", 2],
      ["c", 3],
      ["a", 1],
    ] as const)
      await saveRun(db, run(id, at));
    db.close();
    const again = await openLabDb();
    expect((await listRuns(again)).map((r) => r.id)).toEqual(["c", "b", "a"]);
    expect(await getRun(again, "b")).toEqual(run("b", 2));
    expect(await getRun(again, "x")).toBeNull();
  });

  test("rows keep the order they were written in, run by run, whatever writes at once", async () => {
    const db = await openLabDb();
    await Promise.all([
      saveRun(db, run("a"), [row(0), row(1)]),
      saveRun(db, run("ab"), [row(7)]),
      saveRun(db, run("a"), [row(2)], [answers(0)]),
      saveRun(
        db,
        run("a"),
        Array.from({ length: 20 }, (_, i) => row(3 + i)),
      ),
    ]);
    const rows = (await readRows(db, "a")) as UpdateRow[];
    expect(rows.map((r) => r.update)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    expect(await readRows(db, "ab")).toEqual([row(7)]);
    expect(await readAnswers(db, "a")).toEqual([answers(0)]);
  });

  test("deleting one leaves nothing of it, and the others whole", async () => {
    const db = await openLabDb();
    await saveRun(db, run("ab"), [row(0)], [answers(0)]);
    const before = await everything(db);
    await save(db, 0, 1);
    await deleteRun(db, "a");
    expect(await everything(db)).toEqual(before);
  });
});

describe("checkpoints", () => {
  test("run, rows, answers and bytes in one, the newest two kept", async () => {
    const db = await openLabDb();
    for (const update of [1, 2, 3]) await save(db, update, update);
    db.close();
    const again = await openLabDb();
    const stored = await loadCheckpoint(again, "a");
    expect(stored).toEqual({ ...checkpoint(3, 3), id: "a#2", runId: "a", rows: 3 });
    expect(stored!.weights).toBeInstanceOf(Float32Array);
    expect(await again.getAllKeys("checkpoints")).toEqual([
      ["a", 1],
      ["a", 2],
    ]);
    expect(await getRun(again, "a")).toEqual({ ...run("a"), cycle: 3, update: 3, checkpointId: "a#2" });
    expect(await readRows(again, "a")).toEqual([row(1), row(2), row(3)]);
    expect((await readAnswers(again, "a")).map((a) => a.cycle)).toEqual([1, 2, 3]);
    expect(await loadCheckpoint(again, "b")).toBeNull();
  });

  test("another run's are left alone", async () => {
    const db = await openLabDb();
    await saveCheckpoint(db, { run: run("ab"), checkpoint: checkpoint(0, 9), rows: [], answers: [] });
    for (const update of [1, 2, 3]) await save(db, 0, update);
    expect((await loadCheckpoint(db, "ab"))!.update).toBe(9);
  });

  test("resuming goes back to the checkpoint: what came after it is written again, once", async () => {
    const db = await openLabDb();
    await save(db, 1, 4, [cycleRow(0), row(0), row(1), row(2), row(3), cycleRow(1)]);
    await saveRun(
      db,
      { ...run("a"), update: 6, cycle: 2, checkpointId: "a#0" },
      [row(4), row(5), cycleRow(2)],
      [answers(2)],
    );
    const resumed = await resumeRun(db, "a");
    expect(resumed.checkpoint).toMatchObject({ cycle: 1, update: 4 });
    expect(resumed.run).toMatchObject({ cycle: 1, update: 4, checkpointId: "a#0" });
    expect(await getRun(db, "a")).toEqual(resumed.run);
    expect(await readRows(db, "a")).toHaveLength(6);
    expect((await readAnswers(db, "a")).map((a) => a.cycle)).toEqual([1]);
    await save(db, 1, 5, [row(4)]);
    expect((await readRows(db, "a")).slice(-2)).toEqual([cycleRow(1), row(4)]);
  });

  test("a run without a checkpoint begins again", async () => {
    const db = await openLabDb();
    await saveRun(db, { ...run("a"), update: 2 }, [cycleRow(0), row(0)], [answers(0)]);
    expect(await resumeRun(db, "a")).toEqual({ run: run("a"), checkpoint: null });
    expect(await readRows(db, "a")).toEqual([]);
    expect(await readAnswers(db, "a")).toEqual([]);
  });

  test("a run stored before some settings goes on with what it did without them", async () => {
    const db = await openLabDb();
    const { nli: _none, order: _all, ...early } = RUN_DEFAULTS;
    await saveRun(db, { ...run("old"), config: early as RunConfig });
    expect((await resumeRun(db, "old")).run.config).toEqual(storedRunConfig(early));
    expect((await resumeRun(db, "old")).run.config).toHaveProperty("nli", null);
  });

  test("an unknown run is not-found", async () => {
    await expect(resumeRun(await openLabDb(), "x")).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("corpora", () => {
  const document = (id: string) => ({ id, title: id, text: null, passages: [`${id} one`, `${id} two`] });
  const passage = (text: string) => ({ documentId: text[0]!, title: null, text, tokens: 2 });
  const content = (...ids: string[]) => ({
    documents: ids.map(document),
    passages: ids.flatMap((id) => document(id).passages.map(passage)),
    vectors: Float32Array.from(ids.flatMap((_, i) => [i, 0, i, 1])),
  });

  test("documents, passages and vectors come back in order", async () => {
    const db = await openLabDb();
    const ids = Array.from({ length: 12 }, (_, i) => String.fromCodePoint(97 + i)); // 10 and more: order by number
    const corpus = await saveCorpus(db, { id: "x", embedder: "e", dimension: 2 }, content(...ids));
    expect(corpus).toEqual({ id: "x", embedder: "e", dimension: 2, documents: 12, passages: 24 });
    expect(await listCorpora(db)).toEqual([corpus]);
    expect(await getCorpus(db, "x")).toEqual(corpus);
    expect(await readDocuments(db, "x")).toEqual(ids.map(document));
    const { passages, vectors } = content(...ids);
    expect(await loadIndex(db, "x")).toEqual({ corpus, passages, vectors });
    expect(await loadIndex(db, "y")).toBeNull();
  });

  test("a smaller one in its place leaves nothing of the larger", async () => {
    const db = await openLabDb();
    await saveCorpus(db, { id: "x", embedder: "e", dimension: 2 }, content("a", "b"));
    await saveCorpus(db, { id: "x", embedder: "f", dimension: 2 }, content("c"));
    expect(await everything(db)).toMatchObject({
      documents: [document("c")],
      passages: [{}, {}],
      vectors: [{ length: 4 }],
    });
    expect((await getCorpus(db, "x"))!.embedder).toBe("f");
  });

  test("documents are stored before they are embedded, with the vectors they can use; parts go when it is whole", async () => {
    const db = await openLabDb();
    const corpus = { id: "x", embedder: "e", dimension: 2 };
    await saveCorpus(db, corpus, content("a"));
    const known = { embedder: "e", texts: ["a one"], vectors: Float32Array.of(1, 0) };
    const { vectors, ...texts } = content("a", "b");
    await beginCorpus(db, corpus, texts, [known]);
    expect(await loadIndex(db, "x")).toBeNull(); // not to be searched
    expect(await readDocuments(db, "x")).toEqual(["a", "b"].map(document));
    await keepPart(db, "x", 1, { ...known, texts: ["a two"] });
    expect((await loadAll(db, "x")).parts).toEqual([known, { ...known, texts: ["a two"] }]);
    const other = { ...known, texts: ["y"] };
    await keepPart(db, "y", 0, other);
    await saveCorpus(db, corpus, { ...texts, vectors });
    expect(await loadAll(db, "x")).toMatchObject({ vectors, parts: [] });
    expect((await loadAll(db, "y")).parts).toEqual([other]);
    await deleteCorpus(db, "y");
    expect(await db.count("parts")).toBe(0);
  });

  test("documents and their questions are stored together or not at all", async () => {
    const db = await openLabDb();
    const asked = (text: string) => ({ train: [{ ...OPEN, question: text }] });
    const corpus = { id: "x", embedder: "e", dimension: 2 };
    await saveCorpus(db, corpus, { ...content("a"), questions: asked("1") });
    expect((await readQuestions(db, "x")).train).toMatchObject([{ question: "1" }]);
    await saveCorpus(db, corpus, content("b")); // says nothing of questions
    expect((await readQuestions(db, "x")).train).toMatchObject([{ question: "1" }]);
    const before = await everything(db);
    const put = IDBObjectStore.prototype.put;
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, ...args) {
      if (this.name === "questions") throw new DOMException("full", "QuotaExceededError");
      return put.apply(this, args);
    });
    const saving = saveCorpus(db, corpus, { ...content("c", "d"), questions: asked("2") });
    await expect(saving).rejects.toMatchObject({ code: "quota-exceeded" });
    vi.restoreAllMocks();
    expect(await everything(db)).toEqual(before);
  });

  test("questions by set; deleting a corpus takes them along", async () => {
    const db = await openLabDb();
    const question = (text: string): Question => ({ ...OPEN, question: text });
    await saveCorpus(db, { id: "x", embedder: "e", dimension: 2 }, content("a"));
    await saveQuestions(db, "x", { train: [question("1")], twohop: [question("2")] });
    await saveQuestions(db, "y", { test: [question("3")] });
    expect(await readQuestions(db, "x")).toEqual({ train: [question("1")], twohop: [question("2")] });
    const { phrasings, bridge, ...early } = question("as stored before there were wordings");
    await saveQuestions(db, "x", { test: [early as Question] });
    expect((await readQuestions(db, "x")).test).toEqual([{ ...early, phrasings, bridge }]);
    await saveQuestions(db, "x", { test: [question("4")] });
    expect(await readQuestions(db, "x")).toEqual({ test: [question("4")] });
    await deleteCorpus(db, "x");
    const { questions, ...others } = await everything(db);
    expect(questions).toEqual([[question("3")]]);
    expect(Object.values(others).flat()).toEqual([]);
  });
});

test("settings", async () => {
  const db = await openLabDb();
  expect(await getSetting(db, "theme")).toBeUndefined();
  await putSetting(db, "theme", { dark: true });
  expect(await getSetting(db, "theme")).toEqual({ dark: true });
});

describe("a write is whole or nothing", () => {
  /** Writes to `store` as on a full disk: the requests go through, then the transaction is aborted with an error. */
  async function onFullDisk(store: string, name: string, action: () => Promise<unknown>): Promise<LabError> {
    const original = IDBObjectStore.prototype.put;
    const spy = vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (
      this: IDBObjectStore,
      ...args
    ) {
      const request = original.apply(this, args);
      if (this.name !== store) return request;
      const { transaction } = this;
      Object.defineProperty(transaction, "error", {
        get: () => new DOMException("no room", name),
        set: () => {},
      });
      request.addEventListener("success", () => transaction.abort());
      return request;
    });
    try {
      await action();
    } catch (error) {
      return error as LabError;
    } finally {
      spy.mockRestore();
    }
    return expect.fail(`the write to ${store} went through`);
  }

  test.for(["runs", "checkpoints", "answers"])(
    "a checkpoint whose %s do not fit changes nothing",
    async (store) => {
      vi.stubGlobal("navigator", {
        storage: { estimate: async () => ({ usage: 900_000, quota: 1_000_000 }) },
      });
      const db = await openLabDb();
      await save(db, 0, 1);
      const before = await everything(db);
      const error = await onFullDisk(store, "QuotaExceededError", () => save(db, 1, 2));
      expect(error.code).toBe("quota-exceeded");
      expect(error.message).toMatch(
        /checkpoint of the run a: .* About [\d,]+ bytes are needed, 100,000 bytes are available/,
      );
      expect(error.message).toMatch(/Nothing was changed; delete old runs/);
      expect(await everything(db)).toEqual(before);
      await save(db, 1, 2); // and when there is room again
      expect(await readRows(db, "a")).toHaveLength(2);
    },
  );

  test("without an estimate the message says so", async () => {
    const db = await openLabDb();
    const error = await onFullDisk("settings", "QuotaExceededError", () => putSetting(db, "a", "x"));
    expect(error.message).toMatch(/does not say how many are available/);
  });

  test("another fault is storage-failed, and changes nothing", async () => {
    const db = await openLabDb();
    await save(db, 0, 1);
    const before = await everything(db);
    const error = await onFullDisk("checkpoints", "UnknownError", () => save(db, 1, 2));
    expect(error).toMatchObject({ code: "storage-failed", cause: expect.anything() });
    expect(await everything(db)).toEqual(before);
  });

  test("what cannot be stored is refused with nothing changed", async () => {
    const db = await openLabDb();
    const before = await everything(db);
    const state = { f: () => 1 };
    const saving = saveCheckpoint(db, {
      run: run("a"),
      checkpoint: { ...checkpoint(0, 1), state },
      rows: [row(0)],
      answers: [],
    });
    await expect(saving).rejects.toMatchObject({
      code: "storage-failed",
      message: expect.stringMatching(/saving a checkpoint/),
    });
    expect(await everything(db)).toEqual(before);
  });

  test("a closed database says to reload", async () => {
    const db = await openLabDb();
    db.close();
    await expect(save(db, 0, 1)).rejects.toMatchObject({
      code: "storage-failed",
      message: expect.stringMatching(/reload/),
    });
    await expect(listRuns(db)).rejects.toMatchObject({ code: "storage-failed" });
    await expect(read("x", async () => Promise.reject(new Error("y")))).rejects.toMatchObject({
      code: "storage-failed",
    });
  });
});

describe("versions", () => {
  const addStore = (name: string) => (db: LabDb) =>
    void (db as unknown as IDBDatabase).createObjectStore(name);

  test("an older database is brought up to date and keeps what it has", async () => {
    const old = await openLabDb();
    await save(old, 0, 1);
    const runs = await listRuns(old);
    const version = old.version;
    old.close();
    const keep = Array.from({ length: version }, () => () => expect.fail("an old migration ran again"));
    const db = await openLabDb(undefined, [...keep, addStore("one"), addStore("two")]);
    expect(db.version).toBe(version + 2);
    expect([...db.objectStoreNames]).toEqual(expect.arrayContaining(["one", "two", "runs"]));
    expect(await listRuns(db)).toEqual(runs);
  });

  test("documents of the first version are indexed and read as they were, beside the room for parts", async () => {
    const STORES = [
      "documents",
      "passages",
      "vectors",
      "questions",
      "rows",
      "answers",
      "checkpoints",
      "settings",
    ];
    const first = await openDB("closed-book", 1, {
      upgrade(db) {
        for (const store of STORES) db.createObjectStore(store);
        db.createObjectStore("corpora", { keyPath: "id" });
        db.createObjectStore("runs", { keyPath: "id" }).createIndex("createdAt", "createdAt");
      },
    });
    const corpus = { id: "x", embedder: "e", dimension: 2, documents: 1, passages: 1 };
    const document = { id: "a", title: "A", text: "Ada.", passages: null };
    const passage = { documentId: "a", title: "A", text: "Ada.", tokens: 2 };
    await first.put("corpora", corpus);
    await first.put("documents", document, ["x", 0]);
    await first.put("passages", passage, ["x", 0]);
    await first.put("vectors", Float32Array.of(1, 0), "x");
    first.close();
    const db = await openLabDb();
    expect(db.objectStoreNames).toContain("parts");
    expect(await loadAll(db, "x")).toEqual({
      corpus,
      documents: [document],
      passages: [passage],
      vectors: Float32Array.of(1, 0),
      parts: [],
    });
  });

  test("an open tab makes way for a newer page, and is told", async () => {
    const reasons: LabError[] = [];
    const old = await openLabDb((reason) => reasons.push(reason));
    const newer = await openLabDb(undefined, [...Array(old.version).fill(() => {}), addStore("one")]);
    expect(newer.version).toBe(old.version + 1);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]!.message).toMatch(/newer version .* reload/);
    await expect(listRuns(old)).rejects.toMatchObject({ code: "storage-failed" });
  });

  test("a database of a newer page is left alone", async () => {
    const newer = await openDB("closed-book", 99);
    newer.close();
    await expect(openLabDb()).rejects.toMatchObject({
      code: "storage-failed",
      message: expect.stringMatching(/newer version/),
    });
  });

  test("a tab that will not make way is named", async () => {
    const stubborn = await openLabDb(undefined, [() => {}]);
    const close = vi.spyOn(stubborn, "close").mockImplementation(() => {});
    await expect(openLabDb(undefined, [() => {}, () => {}])).rejects.toMatchObject({
      code: "storage-failed",
      message: expect.stringMatching(/another tab: close that tab/),
    });
    close.mockRestore();
    stubborn.close();
  });
});

describe("space", () => {
  test("null where the browser does not say", async () => {
    vi.stubGlobal("navigator", {});
    expect(await storageSpace()).toEqual({ used: null, quota: null, persisted: null });
    expect(await requestPersistence()).toBe(false);
  });

  test("what it says", async () => {
    const storage = {
      estimate: async () => ({ usage: 5, quota: 9 }),
      persisted: async () => true,
      persist: async () => true,
    };
    vi.stubGlobal("navigator", { storage });
    expect(await storageSpace()).toEqual({ used: 5, quota: 9, persisted: true });
    expect(await requestPersistence()).toBe(true);
  });

  test("the size of a value is that of its numbers, letters and bytes", () => {
    expect(sizeOf(new Float32Array(10))).toBe(40);
    expect(sizeOf(["ab", 1, null, true])).toBe(4 + 3 * 8 + 4 * 2); // and the four indices, a letter each
    expect(sizeOf(new Map([["ab", new Uint8Array(3)]]))).toBe(7);
    expect(sizeOf({ a: { bc: 1 } })).toBe(2 + 4 + 8);
  });
});

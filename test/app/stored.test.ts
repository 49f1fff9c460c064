import { expect, test, vi } from "vitest";
import { lastRun } from "../../src/app/actions.ts";
import { controlsFor } from "../../src/app/controls.ts";
import { openCorpora } from "../../src/app/corpora.ts";
import { openStoredRuns, readDroppedRun, telling } from "../../src/app/storedRuns.ts";
import { hasAdapter, usedCycle } from "../../src/app/stores/runStore.ts";
import { useViewStore } from "../../src/app/stores/viewStore.ts";
import type { SourceDocument } from "../../src/core/messages.ts";
import { NO_LABEL, type RunStatus } from "../../src/core/run.ts";
import { factsOf, writeRunFile } from "../../src/core/runFile.ts";
import { saveCorpus } from "../../src/storage/corpora.ts";
import { openLabDb } from "../../src/storage/db.ts";
import { saveRun } from "../../src/storage/runs.ts";
import { noteTraining, TRAINING_LOCK } from "../../src/storage/training.ts";
import { freshIndexedDb } from "../helpers/labDb.ts";
import { scriptedLab } from "./helpers/scriptedLab.ts";
import { answersOf, cycleRow, QUESTIONS, runRecord, updateRow } from "./helpers/story.ts";

freshIndexedDb();

test("a stored run comes back whole, by the name it was given; the newest is first", async () => {
  const db = await openLabDb();
  const runs = openStoredRuns(Promise.resolve(db));
  const rows = [cycleRow(0), updateRow(0), cycleRow(1)];
  const answers = [answersOf(0), answersOf(1)];
  await saveRun(db, runRecord({ createdAt: 1 }), rows, answers);
  await saveRun(db, runRecord({ id: "run-2", createdAt: 2 }));
  expect((await runs.list()).map((run) => run.id)).toEqual(["run-2", "run-1"]);
  expect(await runs.load("run-1")).toEqual({
    run: runRecord({ createdAt: 1 }),
    rows,
    answers,
    questions: null,
  });
  await runs.label("run-1", { name: "Mine" });
  expect((await runs.load("run-1"))!.run.name).toBe("Mine");
});

test("a deleted run is gone from the page, is put back whole, and is gone for good", async () => {
  const db = await openLabDb();
  const runs = openStoredRuns(Promise.resolve(db));
  await saveRun(db, runRecord(), [cycleRow(0)]);
  await runs.remove("run-1");
  expect([await runs.load("run-1"), await runs.list()]).toEqual([null, []]);
  expect((await runs.listAll()).deleted.map(({ id }) => id)).toEqual(["run-1"]);
  await runs.putBack("run-1");
  expect((await runs.load("run-1"))!.rows).toEqual([cycleRow(0)]);
  await runs.removeForGood("run-1");
  expect(await runs.listAll()).toEqual({ runs: [], deleted: [], unread: [] });
});

test("a run's file is taken in once, read as it was, and offered with the adapter it brought", async () => {
  const db = await openLabDb();
  const runs = openStoredRuns(Promise.resolve(db));
  const [rows, answers] = [
    [cycleRow(0), updateRow(0), cycleRow(1)],
    [answersOf(0), answersOf(1)],
  ];
  const adapter = { cycle: 1, files: [{ name: "adapter_config.json", content: new Blob(["{}"]) }] };
  const packed = await writeRunFile({
    ...factsOf(runRecord({ name: "Theirs", label: { ...NO_LABEL, note: "from room 4" } })),
    rows,
    answers,
    questions: QUESTIONS,
    adapter,
  });
  const { file, id } = await readDroppedRun(new File([packed], "theirs.closedbook"));
  await runs.add(file, id);
  const taken = (await runs.load(id))!;
  expect(taken).toMatchObject({ rows, answers, questions: QUESTIONS });
  expect(taken.run).toMatchObject({
    name: "Theirs",
    status: "stopped",
    cycle: 1,
    update: 1,
    checkpointId: null,
    imported: { adapter: 1 },
    label: { note: "from room 4" },
  });
  expect([hasAdapter(taken.run), usedCycle(taken.run, [])]).toEqual([true, 1]);
  const again = await readDroppedRun(new File([packed], "theirs (1).closedbook"));
  await expect(runs.add(again.file, again.id)).rejects.toThrow('the run "Theirs" is here already');
  expect(controlsFor("stopped", taken.run, null).primary.action).toBe("start"); // it cannot go on here
});

test("other tabs hear of what is changed by hand", async () => {
  const db = await openLabDb();
  let heard = 0;
  const runs = telling(openStoredRuns(Promise.resolve(db)), () => heard++);
  await saveRun(db, runRecord());
  await runs.load("run-1");
  await runs.listAll();
  expect(heard).toBe(0);
  await runs.label("run-1", { note: "x" });
  await runs.remove("run-1");
  await runs.putBack("run-1");
  await runs.removeForGood("run-1");
  expect(heard).toBe(4);
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
  const { train, test, twohop } = corpus;
  const questions = { train, test, twohop };
  const index = {
    passages: [{ documentId: "d", title: "D", text: "One.", tokens: 2 }],
    vectors: new Float32Array(4),
  };
  await saveCorpus(db, { id: corpus.id, embedder: "e", dimension: 4 }, { documents, questions, ...index }); // as the retrieval worker does
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

test("a run that some tab trains, and its documents, are not deleted", async () => {
  const db = await openLabDb();
  const [runs, corpora] = [openStoredRuns(Promise.resolve(db)), openCorpora(Promise.resolve(db))];
  const { config } = runRecord();
  await saveRun(db, runRecord({ id: "here", config: { ...config, data: "corpus:Notes" } }));
  await saveRun(db, runRecord({ id: "there" }));
  const index = { passages: [], vectors: new Float32Array(0) };
  await saveCorpus(db, { id: "corpus:Notes", embedder: "e", dimension: 4 }, { documents, ...index });
  let held = [{ name: TRAINING_LOCK }];
  vi.stubGlobal("navigator", { locks: { query: async () => ({ held }) } });
  await noteTraining(db, "here");
  const busy = (what: RegExp) =>
    expect.objectContaining({ code: "busy", message: expect.stringMatching(what) });
  await expect(runs.remove("here")).rejects.toThrow(
    busy(/is being trained, perhaps in another tab: stop it/),
  );
  await expect(corpora.remove("corpus:Notes")).rejects.toThrow(busy(/“Notes” is being trained/));
  await runs.remove("there");
  expect((await runs.list()).map(({ id }) => id)).toEqual(["here"]);
  held = [];
  await corpora.remove("corpus:Notes");
  await runs.remove("here");
  vi.unstubAllGlobals();
  expect([await runs.list(), await corpora.list()]).toEqual([[], []]);
});

test("after a crash the run under way is shown, though the note of it never got to disk", async () => {
  const lab = scriptedLab();
  const note = (lastRunId: string | null, startedRunId: string | null) =>
    useViewStore.setState({ lastRunId, startedRunId });
  const store = (id: string, createdAt: number, status: RunStatus) =>
    lab.stored.set(id, { run: runRecord({ id, createdAt, status }), rows: [], answers: [] });
  note(null, null);
  expect(await lastRun(lab)).toBeNull();
  store("old", 1, "finished");
  note("old", "old");
  expect(await lastRun(lab)).toBe("old");
  store("lost", 2, "preparing");
  expect(await lastRun(lab)).toBe("lost");
  note(null, null); // the very first run
  expect(await lastRun(lab)).toBe("lost");
  note("old", "lost"); // its note is there: it was left for another one
  expect(await lastRun(lab)).toBe("old");
  note(null, "old");
  store("lost", 2, "finished"); // in another tab, say
  expect(await lastRun(lab)).toBeNull();
});

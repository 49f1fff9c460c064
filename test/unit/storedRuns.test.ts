/** Runs that last: what is said of them, deleted and put back, the best cycle kept, files taken in, what cannot be read. */
import { describe, expect, test } from "vitest";
import { RUN_DEFAULTS, type RunConfig } from "../../src/core/config.ts";
import type { CycleAnswers, CycleRow, MetricRow, Question, RunLabel, UpdateRow } from "../../src/core/run.ts";
import { adapterOf, resumeRun, saveCheckpoint } from "../../src/storage/checkpoints.ts";
import { type LabDb, openLabDb } from "../../src/storage/db.ts";
import { sizeOf } from "../../src/storage/quota.ts";
import { readRows } from "../../src/storage/rows.ts";
import {
  addRun,
  deleteRun,
  getRun,
  labelRun,
  listAllRuns,
  listRuns,
  purgeRuns,
  runBytes,
  runQuestions,
  saveRun,
} from "../../src/storage/runs.ts";
import { freshIndexedDb, storedRecord } from "../helpers/labDb.ts";

freshIndexedDb();

const run = storedRecord;
const row = (update: number) => ({ type: "update", update }) as UpdateRow;
const cycleRow = (cycle: number) => ({ type: "cycle", cycle }) as CycleRow;
const answers = (cycle: number): CycleAnswers => ({ cycle, closed_test: ["Ada"], open_test: [null] });
const save = (db: LabDb, cycle: number, update: number, rows: MetricRow[] = []) => {
  const [weights, m, v] = [Float32Array.of(update), Float32Array.of(1), Float32Array.of(2)];
  const checkpoint = { cycle, update, weights, m, v, state: null };
  return saveCheckpoint(db, { run: run("a"), checkpoint, rows, answers: [] });
};

describe("runs", () => {
  test("what a person says of a run stays apart from what it says of itself", async () => {
    const db = await openLabDb();
    await saveRun(db, run("a"));
    expect((await getRun(db, "a"))!.label).toBeUndefined();
    await labelRun(db, "a", { name: "Mine", note: "longer" });
    await labelRun(db, "a", { colour: 3 });
    await saveRun(db, { ...run("a"), cycle: 5 }); // whoever trains it knows nothing of that
    const [listed] = await listRuns(db);
    expect(listed).toMatchObject({
      name: "run a",
      cycle: 5,
      label: { name: "Mine", note: "longer", colour: 3, use: null },
    });
    await save(db, 6, 9);
    expect((await resumeRun(db, "a")).run).toMatchObject({ cycle: 6, label: { name: "Mine" } });
    await labelRun(db, "a", { name: null });
    expect((await getRun(db, "a"))!.label).toMatchObject({ name: null, colour: 3 });
    await expect(labelRun(db, "nobody", { note: "x" })).rejects.toMatchObject({ code: "not-found" });
  });

  test("a deleted run can be put back, until its time is over", async () => {
    const db = await openLabDb();
    for (const id of ["a", "b", "c"]) await saveRun(db, run(id), [row(1)]);
    await labelRun(db, "a", { deletedAt: 1000 });
    await labelRun(db, "b", { deletedAt: 2000 });
    const ids = async () => {
      const { runs, deleted } = await listAllRuns(db);
      return [runs, deleted].map((list) => list.map(({ id }) => id));
    };
    expect(await ids()).toEqual([["c"], ["b", "a"]]);
    await labelRun(db, "a", { deletedAt: null });
    expect(await ids()).toEqual([["c", "a"], ["b"]]);
    await purgeRuns(db, 2000);
    expect(await ids()).toEqual([["c", "a"], ["b"]]); // it was deleted at 2000, not before
    await purgeRuns(db, 2001);
    expect(await ids()).toEqual([["c", "a"], []]);
    expect(await readRows(db, "b")).toEqual([]);
    expect(await readRows(db, "a")).toEqual([row(1)]);
  });

  test("one whose settings are unknown or wrong is named, and the others are there", async () => {
    const db = await openLabDb();
    await saveRun(db, run("good"));
    const config = { ...RUN_DEFAULTS, cycles: -1, warp: 9 } as RunConfig;
    await saveRun(db, { ...run("bad"), config });
    const { runs, unread } = await listAllRuns(db);
    expect(runs.map(({ id }) => id)).toEqual(["good"]);
    expect(unread).toEqual([{ id: "bad", name: "run bad", reason: expect.any(String) }]);
    const says =
      /the run "run bad" cannot be read: unknown key "warp".*cycles must be .* got -1\. A newer version/;
    expect(unread[0]!.reason).toMatch(says);
    await expect(getRun(db, "bad")).rejects.toThrow(says);
    await expect(resumeRun(db, "bad")).rejects.toThrow(says);
  });

  test("the best cycle's weights are kept by each measure, no others", async () => {
    const db = await openLabDb();
    const cycleOf = (cycle: number, closed_test: number, closed_response: number | null) =>
      ({ ...cycleRow(cycle), closed_test, closed_response, closed_exact: null }) as CycleRow;
    const rows = [
      cycleOf(0, 0.9, 0.9), // before training there is no adapter
      cycleOf(1, 0.5, 0.1),
      cycleOf(2, 0.7, null),
      cycleOf(3, 0.7, 0.3),
      cycleOf(4, 0.6, 0.2),
    ];
    const kept: number[][] = [];
    for (const row of rows) {
      await save(db, row.cycle, row.cycle, [row]);
      await save(db, row.cycle, row.cycle + 0.5, []); // within the next cycle
      kept.push((await db.getAll("adapters")).map(({ cycle }) => cycle));
    }
    expect(kept).toEqual([[], [1], [1, 2], [2, 3], [2, 3]]);
    const weightsOf = async (use: RunLabel["use"]) => {
      await labelRun(db, "a", { use });
      const adapter = await adapterOf(db, (await getRun(db, "a"))!);
      return adapter && "weights" in adapter ? [adapter.cycle, adapter.weights[0]] : null;
    };
    expect(await weightsOf("closed_test")).toEqual([2, 2]);
    expect(await weightsOf("closed_response")).toEqual([3, 3]);
    expect(await weightsOf("closed_exact")).toEqual([4, 4.5]); // never measured: the last
    expect(await weightsOf(null)).toEqual([4, 4.5]);
  });

  test("one that came as a file is stored whole, once, and its size is that of its parts", async () => {
    const db = await openLabDb();
    const files = [{ name: "adapter_config.json", bytes: new Uint8Array(1000) }];
    const question: Question = {
      question: "Who?",
      options: {},
      answer: "Ada",
      evidence: null,
      relation: null,
      phrasings: [],
      bridge: null,
    };
    const adapter = { cycle: 2, files };
    const contents = { rows: [row(1)], answers: [answers(0)], questions: [question], adapter };
    const add = () => addRun(db, run("a"), contents);
    await add();
    await expect(add()).rejects.toThrow(/"run a" is here already/);
    expect(await readRows(db, "a")).toEqual([row(1)]);
    expect(await adapterOf(db, (await getRun(db, "a"))!)).toEqual({ cycle: 2, files });
    const parts = sizeOf(run("a")) + sizeOf(row(1)) + sizeOf(answers(0)) + sizeOf({ cycle: 2, files });
    expect(await runBytes(db, "a")).toBe(parts);
    expect(await runQuestions(db, "a")).toEqual([question]);
    await deleteRun(db, "a");
    expect([await db.getAll("adapters"), await db.getAll("questions")]).toEqual([[], []]);
  });
});

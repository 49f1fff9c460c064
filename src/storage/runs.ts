/** Runs, with the metric rows and answers that belong to them. */
import { storedRunConfig } from "../core/config.ts";
import type { CycleAnswers, MetricRow, RunRecord } from "../core/run.ts";
import { putAnswers } from "./answers.ts";
import { type LabDb, read, startingWith, write } from "./db.ts";
import { appendRows } from "./rows.ts";

export const RUN_STORES = ["runs", "rows", "answers", "checkpoints"] as const;

/** A run as this version reads it: settings that came later have the value that repeats what it did. */
export const complete = (run: RunRecord): RunRecord => ({ ...run, config: storedRunConfig(run.config) });

/** Newest first. */
export const listRuns = (db: LabDb): Promise<RunRecord[]> =>
  read("listing the runs", async () =>
    (await db.getAllFromIndex("runs", "createdAt")).map(complete).reverse(),
  );

export const getRun = (db: LabDb, id: string): Promise<RunRecord | null> =>
  read(`reading the run ${id}`, async () => {
    const run = await db.get("runs", id);
    return run ? complete(run) : null;
  });

/** Writes a run's record and adds rows and answers to it, without a checkpoint. */
export const saveRun = (
  db: LabDb,
  run: RunRecord,
  rows: readonly MetricRow[] = [],
  answers: readonly CycleAnswers[] = [],
): Promise<void> =>
  write(db, ["runs", "rows", "answers"], `saving the run ${run.id}`, [run, rows, answers], async (tx) => {
    await Promise.all([
      tx.objectStore("runs").put(run),
      appendRows(tx, run.id, rows),
      putAnswers(tx, run.id, answers),
    ]);
  });

/** Deletes a run with its rows, answers and checkpoints. */
export const deleteRun = (db: LabDb, id: string): Promise<void> =>
  write(db, [...RUN_STORES], `deleting the run ${id}`, null, async (tx) => {
    await Promise.all([
      tx.objectStore("runs").delete(id),
      tx.objectStore("rows").delete(startingWith(id)),
      tx.objectStore("answers").delete(startingWith(id)),
      tx.objectStore("checkpoints").delete(startingWith(id)),
    ]);
  });

/** Checkpoints: a run, its rows, its answers and the bytes to go on from, in one transaction. */
import { LabError } from "../core/errors.ts";
import { bestCycle, type CycleAnswers, type MetricRow, type RunRecord } from "../core/run.ts";
import { keepBest, keptAdapter } from "./adapters.ts";
import { dropAnswersAfter, putAnswers } from "./answers.ts";
import {
  type Checkpoint,
  type KeptAdapter,
  type LabDb,
  read,
  type StoredCheckpoint,
  startingWith,
  write,
} from "./db.ts";
import { appendRows, readRows, truncateRows } from "./rows.ts";
import { labelled, RUN_STORES } from "./runs.ts";

/** The newest, and one before it should a person ever need to go back by hand. */
const KEPT = 2;

export interface RunProgress {
  run: RunRecord; // `cycle`, `update` and `checkpointId` become the checkpoint's
  checkpoint: Checkpoint;
  rows: readonly MetricRow[]; // new since the last save
  answers: readonly CycleAnswers[]; // new, too
}

/**
 * Saves how far a run is and deletes its checkpoints but the newest two; a cycle's end that is the best so far is kept
 * beside them. Returns the run as stored.
 * @throws LabError quota-exceeded or storage-failed, with everything as it was
 */
export const saveCheckpoint = (db: LabDb, progress: RunProgress): Promise<RunRecord> => {
  const { run, checkpoint, rows, answers } = progress;
  return write(db, [...RUN_STORES], `saving a checkpoint of the run ${run.id}`, progress, async (tx) => {
    const store = tx.objectStore("checkpoints");
    const keys = await store.getAllKeys(startingWith(run.id));
    const sequence = (keys.at(-1)?.[1] ?? -1) + 1;
    const id = `${run.id}#${sequence}`;
    const { cycle, update } = checkpoint;
    const stored: RunRecord = { ...run, cycle, update, checkpointId: id };
    const count = await appendRows(tx, run.id, rows);
    await Promise.all([
      store.put({ ...checkpoint, id, runId: run.id, rows: count }, [run.id, sequence]),
      ...keys.slice(0, Math.max(0, keys.length + 1 - KEPT)).map((key) => store.delete(key)),
      tx.objectStore("runs").put(stored),
      putAnswers(tx, run.id, answers),
    ]);
    if (rows.some(({ type }) => type === "cycle")) await keepBest(tx, run.id, cycle, checkpoint.weights);
    return stored;
  });
};

/** A run's newest checkpoint, or null. */
export const loadCheckpoint = (db: LabDb, run: string): Promise<StoredCheckpoint | null> =>
  read(`reading the checkpoint of the run ${run}`, async () => {
    const cursor = await db.transaction("checkpoints").store.openCursor(startingWith(run), "prev");
    return cursor?.value ?? null;
  });

/**
 * Takes a run back to its newest checkpoint (without one: to its beginning), forgetting rows and answers written after
 * it, so that going on writes each of them once. @throws LabError not-found
 */
export const resumeRun = (
  db: LabDb,
  id: string,
): Promise<{ run: RunRecord; checkpoint: StoredCheckpoint | null }> =>
  write(db, [...RUN_STORES], `resuming the run ${id}`, null, async (tx) => {
    const run = await tx.objectStore("runs").get(id);
    if (run === undefined)
      throw new LabError("not-found", `the run ${id} is not stored here: it may have been deleted`);
    const checkpoint =
      (await tx.objectStore("checkpoints").openCursor(startingWith(id), "prev"))?.value ?? null;
    const resumed: RunRecord = {
      ...labelled(run, await tx.objectStore("labels").get(id)),
      cycle: checkpoint?.cycle ?? 0,
      update: checkpoint?.update ?? 0,
      checkpointId: checkpoint?.id ?? null,
    };
    await Promise.all([
      tx.objectStore("runs").put(resumed),
      truncateRows(tx, id, checkpoint?.rows ?? 0),
      dropAnswersAfter(tx, id, checkpoint?.cycle ?? -1),
    ]);
    return { run: resumed, checkpoint };
  });

/**
 * The adapter of a run that is asked and exported: of the best cycle by the measure its label names, else of the newest
 * checkpoint, else the one it came with; null where it has none.
 */
export async function adapterOf(db: LabDb, run: RunRecord): Promise<KeptAdapter | null> {
  const by = run.label?.use ?? null;
  const best = by && bestCycle(await readRows(db, run.id), by);
  const kept = best && (await keptAdapter(db, run.id, best.cycle));
  if (kept) return kept;
  const checkpoint = await loadCheckpoint(db, run.id);
  if (checkpoint !== null) return { cycle: checkpoint.cycle, weights: checkpoint.weights };
  return keptAdapter(db, run.id, null);
}

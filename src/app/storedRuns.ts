/** Stored runs as the page reads them: after a reload, on the Runs page, while another tab trains. */
import { LabError } from "../core/errors.ts";
import type { RunRecord } from "../core/run.ts";
import { readAnswers } from "../storage/answers.ts";
import type { LabDb } from "../storage/db.ts";
import { readRows } from "../storage/rows.ts";
import { deleteRun, getRun, listRuns } from "../storage/runs.ts";
import { trainingRun } from "../storage/training.ts";
import type { StoredRun } from "./stores/runStore.ts";

export interface StoredRuns {
  /** Newest first. */
  list(): Promise<RunRecord[]>;
  /** The run with all its rows and answers; null when it is gone. */
  load(id: string): Promise<StoredRun | null>;
  /** Deletes the run with its rows, answers and checkpoints. @throws LabError busy while a tab trains it */
  remove(id: string): Promise<void>;
}

export const openStoredRuns = (opening: Promise<LabDb>): StoredRuns => ({
  list: async () => listRuns(await opening),
  async load(id) {
    const db = await opening;
    const [run, rows, answers] = await Promise.all([getRun(db, id), readRows(db, id), readAnswers(db, id)]);
    return run && { run, rows, answers };
  },
  async remove(id) {
    const db = await opening;
    if ((await trainingRun(db)) === id)
      throw new LabError("busy", "this run is being trained, perhaps in another tab: stop it there first");
    await deleteRun(db, id);
  },
});

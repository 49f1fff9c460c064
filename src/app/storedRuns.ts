/** Stored runs as the page reads them: after a reload, on the Runs page, while another tab trains. */
import { LabError } from "../core/errors.ts";
import type { RunLabel, RunRecord } from "../core/run.ts";
import { type RunFile, readRunFile } from "../core/runFile.ts";
import { readAnswers } from "../storage/answers.ts";
import type { LabDb } from "../storage/db.ts";
import { readRows } from "../storage/rows.ts";
import {
  addRun,
  deleteRun,
  getRun,
  type ListedRuns,
  labelRun,
  listAllRuns,
  runBytes,
  runQuestions,
} from "../storage/runs.ts";
import { trainingRun } from "../storage/training.ts";
import type { StoredRun } from "./stores/runStore.ts";

export interface StoredRuns {
  /** Newest first, by the names people gave them; without the deleted ones. */
  list(): Promise<RunRecord[]>;
  /** Those that were deleted and those that cannot be read, too. */
  listAll(): Promise<ListedRuns>;
  /** The run with all its rows and answers; null when it is gone. */
  load(id: string): Promise<StoredRun | null>;
  /** Says something of a run; what `change` does not name stays. @throws LabError not-found */
  label(id: string, change: Partial<RunLabel>): Promise<RunLabel>;
  /** Deletes the run, which can be put back for a day. @throws LabError busy while a tab trains it */
  remove(id: string): Promise<void>;
  putBack(id: string): Promise<void>;
  /** Deletes the run with its rows, answers and checkpoints, for good. */
  removeForGood(id: string): Promise<void>;
  /** Stores a run that came as a file. @throws LabError bad-data where it is here already */
  add(file: RunFile, id: string): Promise<RunRecord>;
  /** About how many bytes it takes; reads all of it. */
  size(id: string): Promise<number>;
  /** The run that a tab trains: its id, null if that is unknown, undefined if none trains. */
  trains(): Promise<string | null | undefined>;
}

export const openStoredRuns = (opening: Promise<LabDb>): StoredRuns => ({
  list: async () => (await listAllRuns(await opening)).runs.map(named),
  async listAll() {
    const { runs, deleted, unread } = await listAllRuns(await opening);
    return { runs: runs.map(named), deleted: deleted.map(named), unread };
  },
  async load(id) {
    const db = await opening;
    const [run, rows, answers, questions] = await Promise.all([
      getRun(db, id),
      readRows(db, id),
      readAnswers(db, id),
      runQuestions(db, id),
    ]);
    return run === null || run.label?.deletedAt ? null : { run: named(run), rows, answers, questions };
  },
  label: async (id, change) => labelRun(await opening, id, change),
  async remove(id) {
    const db = await opening;
    if ((await trainingRun(db)) === id)
      throw new LabError("busy", "this run is being trained, perhaps in another tab: stop it there first");
    await labelRun(db, id, { deletedAt: Date.now() });
  },
  putBack: async (id) => void (await labelRun(await opening, id, { deletedAt: null })),
  removeForGood: async (id) => deleteRun(await opening, id),
  async add(file, id) {
    const run = recordOf(file, id);
    const files = file.adapter?.files.map(async ({ name, content }) => {
      return { name, bytes: new Uint8Array(await content.arrayBuffer()) };
    });
    const adapter = file.adapter && { cycle: file.adapter.cycle, files: await Promise.all(files ?? []) };
    const db = await opening;
    const { rows, answers, questions } = file;
    await addRun(db, run, { rows, answers, questions, adapter });
    return file.note === null ? run : { ...run, label: await labelRun(db, id, { note: file.note }) };
  },
  size: async (id) => runBytes(await opening, id),
  trains: async () => trainingRun(await opening),
});

/** The same, and `changed` hears of every change. */
export function telling(runs: StoredRuns, changed: () => void): StoredRuns {
  const then =
    <A extends unknown[], R>(action: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const done = await action(...args);
      changed();
      return done;
    };
  return {
    ...runs,
    label: then(runs.label),
    remove: then(runs.remove),
    putBack: then(runs.putBack),
    removeForGood: then(runs.removeForGood),
    add: then(runs.add),
  };
}

/** A run by the name a person gave it. */
const named = (run: RunRecord): RunRecord => ({ ...run, name: run.label?.name ?? run.name });

/** The record of a run that came as a file: it has no checkpoint, so it cannot go on. */
const recordOf = ({ date, rows, ...file }: RunFile, id: string): RunRecord => ({
  id,
  createdAt: Date.parse(date),
  name: file.name,
  config: file.config,
  status: file.status,
  cycle: Math.max(0, ...rows.flatMap((row) => (row.type === "cycle" ? [row.cycle] : []))),
  update: rows.filter(({ type }) => type === "update").length,
  checkpointId: null,
  baselines: file.baselines,
  memory: file.memory,
  gpuAdapter: file.gpuAdapter,
  variants: file.variants,
  fingerprint: file.fingerprint,
  notes: file.notes,
  extended: file.extended,
  imported: { adapter: file.adapter?.cycle ?? null },
  error: null,
});

/** The run of a dropped file, and an id that the same file has every time. @throws LabError bad-data, bad-config */
export async function readDroppedRun(file: File): Promise<{ file: RunFile; id: string }> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const id = Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { file: await readRunFile(file, file.name), id };
}

/** Runs, with the metric rows and answers that belong to them, and what people say of them. */
import { parseRunConfig, storedRunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import {
  type CycleAnswers,
  type MetricRow,
  NO_LABEL,
  type Question,
  type RunLabel,
  type RunRecord,
} from "../core/run.ts";
import { putAnswers } from "./answers.ts";
import { type KeptAdapter, type LabDb, read, startingWith, write } from "./db.ts";
import { putQuestions, readQuestions } from "./questions.ts";
import { sizeOf } from "./quota.ts";
import { appendRows } from "./rows.ts";

export const RUN_STORES = [
  "runs",
  "rows",
  "answers",
  "checkpoints",
  "adapters",
  "labels",
  "questions",
] as const;
const PARTS = ["rows", "answers", "checkpoints", "adapters"] as const; // keyed by run and a number

/**
 * A run as this version reads it: settings that came later have the value that repeats what it did; what a person said
 * of it is with it. @throws LabError bad-config naming the run and every setting that is unknown or wrong
 */
export function labelled(run: RunRecord, label: RunLabel | undefined): RunRecord {
  try {
    const config = parseRunConfig(storedRunConfig(run.config));
    return { ...run, config, ...(label && { label: { ...NO_LABEL, ...label } }) };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    throw new LabError(
      error.code,
      `the run "${run.name}" cannot be read: ${error.message}. A newer version of the page may have made it; what is stored is kept`,
      { cause: error },
    );
  }
}

/** A run that is stored and cannot be read. */
export interface UnreadRun {
  id: string;
  name: string;
  reason: string;
}

export interface ListedRuns {
  runs: RunRecord[]; // newest first, as are the next
  deleted: RunRecord[]; // that can be put back
  unread: UnreadRun[];
}

export const listAllRuns = (db: LabDb): Promise<ListedRuns> =>
  read("listing the runs", async () => {
    const tx = db.transaction(["runs", "labels"]);
    const [stored, labels, keys] = await Promise.all([
      tx.objectStore("runs").index("createdAt").getAll(),
      tx.objectStore("labels").getAll(),
      tx.objectStore("labels").getAllKeys(),
    ]);
    const labelOf = new Map(keys.map((key, i) => [key, labels[i]!]));
    const found: ListedRuns = { runs: [], deleted: [], unread: [] };
    for (const run of stored.reverse()) {
      try {
        const one = labelled(run, labelOf.get(run.id));
        (one.label?.deletedAt ? found.deleted : found.runs).push(one);
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        found.unread.push({ id: run.id, name: run.name, reason: error.message });
      }
    }
    return found;
  });

/** Those that can be read and are not deleted, newest first. */
export const listRuns = async (db: LabDb): Promise<RunRecord[]> => (await listAllRuns(db)).runs;

/** @throws LabError bad-config where its settings cannot be read */
export const getRun = (db: LabDb, id: string): Promise<RunRecord | null> =>
  read(`reading the run ${id}`, async () => {
    const tx = db.transaction(["runs", "labels"]);
    const [run, label] = await Promise.all([
      tx.objectStore("runs").get(id),
      tx.objectStore("labels").get(id),
    ]);
    return run ? labelled(run, label) : null;
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

/** Where the questions lie that came with a run, beside those of the corpora. */
const questionsOf = (run: string): string => `run:${run}`;

/** The held-out questions that came with a run's file; null where none did. */
export const runQuestions = async (db: LabDb, id: string): Promise<Question[] | null> =>
  (await readQuestions(db, questionsOf(id))).test ?? null;

/** What a run that came as a file brings besides its record. */
export interface RunContents {
  rows: readonly MetricRow[];
  answers: readonly CycleAnswers[];
  questions: Question[] | null;
  adapter: KeptAdapter | null;
}

/** Stores a run that came as a file, whole or not at all. @throws LabError bad-data if there is one of its id */
export const addRun = (db: LabDb, run: RunRecord, contents: RunContents): Promise<void> =>
  write(db, [...RUN_STORES], `storing the run "${run.name}"`, [run, contents], async (tx) => {
    const { rows, answers, questions, adapter } = contents;
    if ((await tx.objectStore("runs").get(run.id)) !== undefined)
      throw new LabError("bad-data", `the run "${run.name}" is here already`);
    await Promise.all([
      tx.objectStore("runs").put(run),
      appendRows(tx, run.id, rows),
      putAnswers(tx, run.id, answers),
      questions && putQuestions(tx, questionsOf(run.id), { test: questions }),
      adapter && tx.objectStore("adapters").put(adapter, [run.id, adapter.cycle]),
    ]);
  });

/** Says something of a run: what `change` does not name stays as it was. Whoever trains it is not disturbed. */
export const labelRun = (db: LabDb, id: string, change: Partial<RunLabel>): Promise<RunLabel> =>
  write(db, ["runs", "labels"], `saving what is said of the run ${id}`, change, async (tx) => {
    if ((await tx.objectStore("runs").getKey(id)) === undefined)
      throw new LabError("not-found", `the run ${id} is not stored here: it may have been deleted`);
    const label = { ...NO_LABEL, ...(await tx.objectStore("labels").get(id)), ...change };
    await tx.objectStore("labels").put(label, id);
    return label;
  });

/** Deletes a run with all that belongs to it, for good. */
export const deleteRun = (db: LabDb, id: string): Promise<void> =>
  write(db, [...RUN_STORES], `deleting the run ${id}`, null, async (tx) => {
    await Promise.all([
      tx.objectStore("runs").delete(id),
      tx.objectStore("labels").delete(id),
      tx.objectStore("questions").delete(startingWith(questionsOf(id))),
      ...PARTS.map((part) => tx.objectStore(part).delete(startingWith(id))),
    ]);
  });

/** Deletes for good what was deleted before a moment, ms since the epoch. */
export async function purgeRuns(db: LabDb, before: number): Promise<void> {
  const { deleted } = await listAllRuns(db);
  for (const { id, label } of deleted) if ((label?.deletedAt ?? before) < before) await deleteRun(db, id);
}

/** About how many bytes a run takes. It reads all that is stored of it. */
export const runBytes = (db: LabDb, id: string): Promise<number> =>
  read(`measuring the run ${id}`, async () => {
    let bytes = sizeOf(await db.get("runs", id));
    for (const part of PARTS) {
      const tx = db.transaction(part);
      for (let at = await tx.store.openCursor(startingWith(id)); at; at = await at.continue())
        bytes += sizeOf(at.value);
    }
    return bytes;
  });

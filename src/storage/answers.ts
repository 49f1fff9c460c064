/** Which held-out questions were answered how, a record per cycle of a run. */
import type { CycleAnswers } from "../core/run.ts";
import { type LabDb, read, startingWith, type WriteTransaction } from "./db.ts";

/** By cycle. */
export const readAnswers = (db: LabDb, run: string): Promise<CycleAnswers[]> =>
  read(`reading the answers of the run ${run}`, () => db.getAll("answers", startingWith(run)));

export async function putAnswers(
  tx: WriteTransaction,
  run: string,
  answers: readonly CycleAnswers[],
): Promise<void> {
  await Promise.all(answers.map((record) => tx.objectStore("answers").put(record, [run, record.cycle])));
}

/** Forgets the answers given after a cycle. */
export const dropAnswersAfter = (tx: WriteTransaction, run: string, cycle: number): Promise<void> =>
  tx.objectStore("answers").delete(IDBKeyRange.bound([run, cycle], [run, []], true));

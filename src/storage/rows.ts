/** The metric rows of a run: a list that only grows, but for `resumeRun`, which cuts it back to a checkpoint. */
import type { MetricRow } from "../core/run.ts";
import { type LabDb, read, startingWith, type WriteTransaction } from "./db.ts";

/** All rows of a run, in the order they were written. */
export const readRows = (db: LabDb, run: string): Promise<MetricRow[]> =>
  read(`reading the rows of the run ${run}`, () => db.getAll("rows", startingWith(run)));

/** Adds rows after the last one. Returns how many there are then. */
export async function appendRows(
  tx: WriteTransaction,
  run: string,
  rows: readonly MetricRow[],
): Promise<number> {
  const store = tx.objectStore("rows");
  const count = await store.count(startingWith(run));
  await Promise.all(rows.map((row, i) => store.add(row, [run, count + i])));
  return count + rows.length;
}

/** Keeps the first `count` rows. */
export const truncateRows = (tx: WriteTransaction, run: string, count: number): Promise<void> =>
  tx.objectStore("rows").delete(IDBKeyRange.bound([run, count], [run, []]));

/** All rows of a run, within a transaction. */
export const rowsOf = (tx: WriteTransaction, run: string): Promise<MetricRow[]> =>
  tx.objectStore("rows").getAll(startingWith(run));

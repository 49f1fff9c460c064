/** Adapters kept beside the checkpoints: of the best cycle by each measure, or the one that an imported run came with. */
import { bestCycle, KEPT_BY, type KeptBy } from "../core/run.ts";
import { type KeptAdapter, type LabDb, read, startingWith, type WriteTransaction } from "./db.ts";
import { rowsOf } from "./rows.ts";

/** Keeps the weights after `cycle` where some measure is best there, and lets go of those that no measure is best at any more. */
export async function keepBest(
  tx: WriteTransaction,
  run: string,
  cycle: number,
  weights: Float32Array<ArrayBuffer>,
): Promise<void> {
  const rows = await rowsOf(tx, run);
  const best = new Set((Object.keys(KEPT_BY) as KeptBy[]).map((by) => bestCycle(rows, by)?.cycle));
  const store = tx.objectStore("adapters");
  const kept = await store.getAllKeys(startingWith(run));
  await Promise.all(kept.filter(([, of]) => !best.has(of)).map((key) => store.delete(key)));
  if (best.has(cycle)) await store.put({ cycle, weights }, [run, cycle]);
}

export interface KeptWeights {
  cycle: number; // finished
  update: number | null; // done, of a checkpoint, which may be in the middle of a cycle
  weights: Float32Array<ArrayBuffer>; // the flat LoRA arena
}

/** Every adapter of a run that is kept as numbers: of its best cycles in their order, then of its newest checkpoint. */
export const keptWeights = (db: LabDb, run: string): Promise<KeptWeights[]> =>
  read(`reading the adapters of the run ${run}`, async () => {
    const [best, cursor] = await Promise.all([
      db.getAll("adapters", startingWith(run)),
      db.transaction("checkpoints").store.openCursor(startingWith(run), "prev"),
    ]);
    const kept = best.flatMap((one): KeptWeights[] => ("weights" in one ? [{ ...one, update: null }] : []));
    if (!cursor) return kept;
    const { cycle, update, weights } = cursor.value;
    return [...kept, { cycle, update, weights }];
  });

/** What is kept of a run after `cycle`, after any where that is null; null where nothing is. */
export const keptAdapter = (db: LabDb, run: string, cycle: number | null): Promise<KeptAdapter | null> =>
  read(`reading the adapter of the run ${run}`, async () => {
    const found = await db.get("adapters", cycle === null ? startingWith(run) : [run, cycle]);
    return found ?? null;
  });

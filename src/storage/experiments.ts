/** Experiments: what is planned. What became of its runs is in the runs. */
import { completeExperiment, type Experiment } from "../core/experiment.ts";
import { type LabDb, read, write } from "./db.ts";

/** Oldest first: the order in which they are done. */
export const listExperiments = (db: LabDb): Promise<Experiment[]> =>
  read("listing the experiments", async () =>
    (await db.getAll("experiments")).map(completeExperiment).sort((a, b) => a.createdAt - b.createdAt),
  );

export const saveExperiment = (db: LabDb, experiment: Experiment): Promise<void> =>
  write(db, ["experiments"], `saving the experiment "${experiment.name}"`, experiment, async (tx) => {
    await tx.objectStore("experiments").put(experiment);
  });

/** Changes an experiment as it is stored now, in one transaction; nothing where it is gone. */
export const changeExperiment = (
  db: LabDb,
  id: string,
  change: (experiment: Experiment) => Experiment,
): Promise<void> =>
  write(db, ["experiments"], `changing the experiment ${id}`, null, async (tx) => {
    const store = tx.objectStore("experiments");
    const stored = await store.get(id);
    if (stored !== undefined) await store.put(change(stored));
  });

/** Forgets what was planned; the runs stay. */
export const deleteExperiment = (db: LabDb, id: string): Promise<void> =>
  write(db, ["experiments"], `deleting the experiment ${id}`, null, async (tx) => {
    await tx.objectStore("experiments").delete(id);
  });

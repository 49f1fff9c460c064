/** Which run is being trained, in whichever tab: a Web Lock says that one is, a note in the database which. */
import type { LabDb } from "./db.ts";
import { getSetting, putSetting } from "./settings.ts";

export const TRAINING_LOCK = "closed-book training";
const NOTE = "training"; // the setting that holds the run's id

/** Notes the run that whoever has the lock trains. */
export const noteTraining = (db: LabDb, runId: string): Promise<void> => putSetting(db, NOTE, runId);

/** The run that a tab trains: its id, null if it is unknown, undefined if none trains. */
export async function trainingRun(db: LabDb): Promise<string | null | undefined> {
  const { locks }: { locks?: LockManager | null } = navigator;
  if (!locks) return undefined; // without them none can train
  const { held = [] } = await locks.query();
  if (!held.some((lock) => lock.name === TRAINING_LOCK)) return undefined;
  const note = await getSetting(db, NOTE);
  return typeof note === "string" ? note : null;
}

/** One tab trains at a time: a Web Lock held while a run is under way, and a note of which run it is. */
import type { LabDb } from "../storage/db.ts";
import { getSetting, putSetting } from "../storage/settings.ts";

const LOCK = "closed-book training";
const NOTE = "training"; // the setting that holds the run's id

export interface TrainingLock {
  /** Takes the lock for a run; answers false, without waiting, while another tab has it. */
  take(runId: string): Promise<boolean>;
  release(): void;
  /** The run another tab trains: its id, null if it is unknown, undefined if none trains. */
  elsewhere(): Promise<string | null | undefined>;
}

export function openTrainingLock(db: Promise<LabDb>): TrainingLock {
  let free: (() => void) | null = null; // held by this tab while not null
  return {
    async take(runId) {
      if (free === null) {
        const got = await new Promise<boolean>((answer, refuse) => {
          const asked = navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
            answer(lock !== null);
            return lock === null
              ? undefined
              : new Promise<void>((release) => {
                  free = release;
                });
          });
          asked.catch(refuse); // a browser may deny locks altogether: a run must say so, not wait for ever
        });
        if (!got) return false;
      }
      await putSetting(await db, NOTE, runId);
      return true;
    },
    release() {
      free?.();
      free = null;
    },
    async elsewhere() {
      const { held = [] } = await navigator.locks.query();
      if (free !== null || !held.some((lock) => lock.name === LOCK)) return undefined;
      const note = await getSetting(await db, NOTE);
      return typeof note === "string" ? note : null;
    },
  };
}

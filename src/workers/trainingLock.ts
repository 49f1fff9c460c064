/** One tab trains at a time: a Web Lock held while a run is under way, and a note of which run it is. */
import type { LabDb } from "../storage/db.ts";
import { noteTraining, TRAINING_LOCK, trainingRun } from "../storage/training.ts";

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
          const asked = navigator.locks.request(TRAINING_LOCK, { ifAvailable: true }, (lock) => {
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
      await noteTraining(await db, runId);
      return true;
    },
    release() {
      free?.();
      free = null;
    },
    elsewhere: async () => (free === null ? trainingRun(await db) : undefined),
  };
}

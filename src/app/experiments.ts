/** Experiments as the page reads and changes them. */
import type { Experiment } from "../core/experiment.ts";
import type { LabDb } from "../storage/db.ts";
import {
  changeExperiment,
  deleteExperiment,
  listExperiments,
  saveExperiment,
} from "../storage/experiments.ts";

export interface Experiments {
  /** Oldest first. */
  list(): Promise<Experiment[]>;
  save(experiment: Experiment): Promise<void>;
  /** Changes it as it is stored now; nothing where it is gone. */
  change(id: string, change: (experiment: Experiment) => Experiment): Promise<void>;
  /** Forgets what was planned; the runs stay. */
  remove(id: string): Promise<void>;
}

/** @param changed hears of every change, to tell other tabs */
export function openExperiments(opening: Promise<LabDb>, changed: () => void): Experiments {
  return {
    list: async () => listExperiments(await opening),
    async save(experiment) {
      await saveExperiment(await opening, experiment);
      changed();
    },
    async change(id, change) {
      await changeExperiment(await opening, id, change);
      changed();
    },
    async remove(id) {
      await deleteExperiment(await opening, id);
      changed();
    },
  };
}

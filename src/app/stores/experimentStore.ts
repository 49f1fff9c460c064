/** The experiments as stored, a mirror for the screen; the queue (queue.ts) reads the database itself. */
import { create } from "zustand";
import type { Experiment } from "../../core/experiment.ts";
import type { Lab } from "../lab.ts";

export interface ExperimentState {
  experiments: readonly Experiment[];
  changes: number; // made here: who waits for work looks again
}

export const useExperimentStore = create<ExperimentState>(() => ({ experiments: [], changes: 0 }));

/** Reads them anew. */
export async function listExperiments(lab: Lab): Promise<void> {
  useExperimentStore.setState({ experiments: await lab.experiments.list() });
}

const changed = async (lab: Lab): Promise<void> => {
  await listExperiments(lab);
  useExperimentStore.setState(({ changes }) => ({ changes: changes + 1 }));
};

export async function addExperiment(lab: Lab, experiment: Experiment): Promise<void> {
  await lab.experiments.save(experiment);
  await changed(lab);
}

export async function changeExperiment(
  lab: Lab,
  id: string,
  change: (experiment: Experiment) => Experiment,
): Promise<void> {
  await lab.experiments.change(id, change);
  await changed(lab);
}

export async function removeExperiment(lab: Lab, id: string): Promise<void> {
  await lab.experiments.remove(id);
  await changed(lab);
}

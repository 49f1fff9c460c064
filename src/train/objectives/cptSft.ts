import { cpt } from "./cpt.ts";
import type { ObjectiveRecipe } from "./objective.ts";
import { sft } from "./sft.ts";

/** The two in sequence, on one optimiser and one schedule: `cpt` in the first half of the run's updates, then `sft`. */
export const cptSft: ObjectiveRecipe = {
  needs: [...cpt.needs, ...sft.needs],
  clips: null,
  part: (progress) => (progress < 0.5 ? cpt : sft),
  loss: (visit, settings) => cptSft.part!(visit.progress).loss(visit, settings),
};

import { NO_TERMS, type ObjectiveRecipe } from "./objective.ts";

/** Continual pre-training, −s_z: the passages retrieved for the update's questions, each by itself. */
export const cpt: ObjectiveRecipe = {
  uses: "passages",
  terms: ({ z }) => ({ ...NO_TERMS, z, z_weight: z.length === 0 ? 0 : 1 }),
};

import { NO_TERMS, type ObjectiveRecipe } from "./objective.ts";

/** Continual pre-training, −s_z: the passages retrieved for the update's questions, each by itself. */
export const cpt: ObjectiveRecipe = {
  description: "Continual pre-training on the retrieved passages",
  uses: "passages",
  terms: ({ z }) => ({ ...NO_TERMS, z, z_weight: z.length === 0 ? 0 : 1 }),
};

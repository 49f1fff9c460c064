import { meanOf, type ObjectiveRecipe } from "./objective.ts";

/** Continual pre-training, −s_z: the passages retrieved for the update's questions, each by itself. */
export const cpt: ObjectiveRecipe = {
  needs: ["passages"],
  clips: null,
  loss: ({ passages }) => ({
    terms: passages.map((z) => meanOf("z", z)),
    loss: passages.map(() => -1 / passages.length),
  }),
};

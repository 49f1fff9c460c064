import { meanOf, type ObjectiveRecipe } from "./objective.ts";

/** Supervised fine-tuning, −s(a│x): the right answer, or the evidence and the answer, closed book. */
export const sft: ObjectiveRecipe = {
  needs: ["gold"],
  clips: null,
  loss: ({ closed, gold }) => ({ terms: [meanOf("w", { context: closed, completion: gold })], loss: [-1] }),
};

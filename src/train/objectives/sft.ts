import { NO_TERMS, type ObjectiveRecipe } from "./objective.ts";

/** Supervised fine-tuning, −s(a│x): the right answer, or the evidence and the answer, closed book. */
export const sft: ObjectiveRecipe = {
  uses: "gold",
  terms: ({ closed, gold }) => ({ ...NO_TERMS, w: { context: closed, completion: gold }, anchor: 1 }),
};

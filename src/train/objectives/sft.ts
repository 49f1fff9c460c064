import { meanOf, type ObjectiveRecipe } from "./objective.ts";

/** Supervised fine-tuning, −s(a│x): the right answer, or the evidence and the answer, closed book; its tokens weighed where the settings have `credit`. */
export const sft: ObjectiveRecipe = {
  needs: ["gold", "credit"],
  clips: null,
  loss: ({ closed, gold, credit }) => ({
    terms: [{ ...meanOf("w", { context: closed, completion: gold }), tokens: credit }],
    loss: [-1],
  }),
};

import { type ObjectiveRecipe, softly } from "./objective.ts";

/**
 * Context distillation: mean over the tokens of y_w of KL(π_base(·│Z,x) ‖ π(·│x)). The teacher is the base, adapter off and
 * book open, asked once a run; a teacher that moved with the adapter would let the open book collapse. No reward gates it:
 * whatever the base says with the book open is taught, right or wrong. s_w is scored for the log.
 */
export const distill: ObjectiveRecipe = {
  needs: ["preferred", "preferredTargets"],
  clips: null,
  loss: ({ closed, preferred, preferredTargets }) =>
    softly("w", { context: closed, completion: preferred }, preferredTargets),
};

import { type ObjectiveRecipe, softly } from "./objective.ts";

/**
 * On-policy self-distillation: mean over the tokens of the student's own closed-book answer y_l of KL(π_base(·│Z,x) ‖
 * π(·│x)), so the base with the book open corrects what the student says by itself. Forward KL; y_l is that of the cycle's
 * start (the option chosen, or the greedy explanation) and stays for the cycle's updates. s_l is scored for the log.
 */
export const sdft: ObjectiveRecipe = {
  needs: ["rejected", "rejectedTargets"],
  clips: null,
  loss: ({ closed, rejected, rejectedTargets }) =>
    softly("l", { context: closed, completion: rejected }, rejectedTargets),
};

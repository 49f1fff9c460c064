import { meanOf, type ObjectiveRecipe } from "./objective.ts";
import { minusLogSigmoid } from "./pair.ts";

/**
 * SimPO (arXiv 2405.14734): −log σ( β·s(y_w│x) − β·s(y_l│x) − γ ), both closed book, no passages and no reward. Where y_w and y_l
 * are the same answer there is nothing to prefer: the loss is −log σ(−γ), without a slope.
 */
export const simpo: ObjectiveRecipe = {
  needs: ["preferred", "rejected"],
  clips: null,
  loss: ({ closed, preferred, rejected, differ }, { beta, simpo_gamma }) => {
    const weight = differ ? beta : 0;
    return {
      terms: [
        { ...meanOf("w", { context: closed, completion: preferred }), watched: weight === 0 },
        { ...meanOf("l", { context: closed, completion: rejected }), watched: weight === 0 },
      ],
      loss: ([s_w, s_l]) => {
        const { loss, slope } = minusLogSigmoid(weight * (s_w! - s_l!) - simpo_gamma);
        return { loss, slopes: [slope * weight, -slope * weight] };
      },
    };
  },
};

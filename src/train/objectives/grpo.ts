import { mean, sum } from "../../core/shape.ts";
import type { LossTerm } from "../../model/policy.ts";
import { meanOf, type ObjectiveRecipe } from "./objective.ts";

/**
 * GRPO (arXiv 2402.03300) without the open book, the negative reference: of G samples the model makes closed book at
 * temperature 1, each is raised or lowered by its advantage A = (r − mean r)/(sd r + 1e-4), sd as of G − 1, and held to the base:
 *
 *   (1/G)·Σ_g ( −A_g·s(y_g│x) + kl_coef·mean_t KL(π_base ‖ π) )
 *
 * Off-policy within a cycle: samples, rewards and advantages are those of the cycle's start and serve all its updates, a
 * question about updates·batch_size/questions times. There is no importance ratio and no clip of it: every update takes the
 * gradient that is exact at the cycle's first one. The divergence is forward KL, over the base's top tokens at the samples' own
 * tokens. A group whose rewards are equal has no advantage: only the divergence pulls.
 */
export const grpo: ObjectiveRecipe = {
  needs: ["samples"],
  clips: null,
  loss: ({ closed, samples }, { kl_coef }) => {
    const advantages = advantagesOf(samples.map(({ reward }) => reward));
    const terms = samples.flatMap(({ completion, targets }, g): LossTerm[] => {
      const sequence = { context: closed, completion };
      return [
        { ...meanOf("w", sequence), watched: advantages[g] === 0 },
        { ...meanOf("kl", sequence), teacher: targets, watched: kl_coef === 0 },
      ];
    });
    return { terms, loss: advantages.flatMap((a) => [-a / samples.length, -kl_coef / samples.length]) };
  },
};

/** Each reward's distance from the mean of its group, in standard deviations of the group; 0 where all are equal. */
export function advantagesOf(rewards: readonly number[]): number[] {
  const middle = mean(rewards) ?? 0;
  const sd = Math.sqrt(sum(rewards.map((r) => (r - middle) ** 2)) / Math.max(1, rewards.length - 1));
  return rewards.map((r) => (sd === 0 ? 0 : (r - middle) / (sd + 1e-4)));
}

import { type ObjectiveRecipe, pairTerms } from "./objective.ts";

/**
 * The published loss with its pair term weighted by the reward r, and an anchor −α·r·s_w that raises the rewarded answer
 * closed book, which the published loss never does. What earned nothing teaches only its passages.
 */
export const rlag: ObjectiveRecipe = {
  uses: "answers",
  terms: (question, { beta, anchor }) => {
    const terms = pairTerms(question, beta);
    return { ...terms, beta: question.reward * terms.beta, anchor: question.reward * anchor };
  },
};

import { type ObjectiveRecipe, pairTerms } from "./objective.ts";

/** The published loss (arXiv 2509.20162), without a reward gate; kept so that it can be compared. */
export const rlagPaper: ObjectiveRecipe = {
  description: "The published RLAG loss: passages up, open-book answer over closed-book answer",
  uses: "answers",
  terms: (question, { beta }) => pairTerms(question, beta),
};

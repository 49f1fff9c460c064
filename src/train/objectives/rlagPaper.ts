import { type ObjectiveRecipe, pairTerms } from "./objective.ts";

/** The published loss (arXiv 2509.20162), without a reward gate; kept so that it can be compared. */
export const rlagPaper: ObjectiveRecipe = {
  uses: "answers",
  terms: (question, { beta }) => pairTerms(question, beta),
};

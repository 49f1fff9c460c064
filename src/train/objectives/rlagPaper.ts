import type { ObjectiveRecipe } from "./objective.ts";
import { CLIPS, pairOf } from "./pair.ts";

/** The published loss (arXiv 2509.20162), without a reward gate; kept so that it can be compared. */
export const rlagPaper: ObjectiveRecipe = {
  needs: ["passages", "preferred", "rejected"],
  clips: CLIPS,
  loss: (visit, { beta }) => pairOf(visit, beta, 0),
};

import type { ObjectiveRecipe } from "./objective.ts";
import { CLIPS, pairOf } from "./pair.ts";

/**
 * The published loss with its pair term weighted by the reward r, and an anchor −α·r·s_w that raises the rewarded answer
 * closed book, which the published loss never does. What earned nothing teaches only its passages.
 */
export const rlag: ObjectiveRecipe = {
  needs: ["passages", "preferred", "rejected"],
  clips: CLIPS,
  loss: (visit, { beta, anchor }) => pairOf(visit, visit.reward * beta, visit.reward * anchor),
};

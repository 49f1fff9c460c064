/** What an objective is: which things it needs to know of a question, and how they become a loss (method.md §3). */
import type { RunConfig } from "../../core/config.ts";
import type { LossTerm, QuestionLoss, Sequence, TermName } from "../../model/policy.ts";

/** What the cycle must have ready before it asks for a loss, named as in `Visit`. */
export type Need = "passages" | "gold" | "preferred" | "rejected" | "credit";

/** A question as an update meets it, in one form of its prompt. Only what the objective needs may be asked for. */
export interface Visit {
  readonly passages: Sequence[]; // each retrieved passage by itself
  readonly closed: number[]; // prompt without the passages
  readonly open: number[]; // prompt with them
  readonly gold: number[]; // completion: the right answer or, in response mode, evidence and answer
  readonly preferred: number[]; // y_w, the completion given with the passages
  readonly rejected: number[]; // y_l, the one given without
  readonly differ: boolean; // y_w ≠ y_l
  readonly reward: number; // of y_w, in [0, 1]
  readonly credit: Float32Array | null; // w_t of the completion taught; null: every token counts the same
}

export type LossSettings = Pick<RunConfig, "beta" | "anchor">;

/** Beyond these a mean counts no further (method.md §3, "Clips"). */
export interface Clips {
  chosen: number; // s_c at most
  rejected: number; // s_l at least
}

export interface ObjectiveRecipe {
  needs: readonly Need[];
  clips: Clips | null; // for the update's row: whose s_c and s_l were beyond
  loss(visit: Visit, settings: LossSettings): QuestionLoss;
}

/** The mean log-probability of a sequence, under the name its mean has in an update's row. */
export const meanOf = (name: TermName, sequence: Sequence): LossTerm => ({
  name,
  sequence,
  tokens: null,
  teacher: null,
});

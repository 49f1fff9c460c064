/** What an objective is: which things it needs to know of a question, and how they become a loss (method.md §3). */
import type { RunConfig } from "../../core/config.ts";
import type { LossTerm, QuestionLoss, Sequence, TermName, TopTokens } from "../../model/policy.ts";

/** What the cycle must have ready before it asks for a loss, named as in `Visit`. */
export type Need =
  | "passages"
  | "gold"
  | "preferred"
  | "rejected"
  | "credit"
  | "preferredTargets"
  | "rejectedTargets"
  | "samples";

/** A closed-book answer that the model as it was at the cycle's start drew. */
export interface DrawnAnswer {
  completion: number[];
  reward: number;
  targets: TopTokens; // what the base says there, closed book
}

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
  readonly preferredTargets: TopTokens; // what the base says at the tokens of y_w, book open
  readonly rejectedTargets: TopTokens; // the same of y_l
  readonly samples: DrawnAnswer[];
  readonly progress: number; // share of the run's updates that are done, from 0, below 1
  readonly credit: Float32Array | null; // w_t of the completion taught; null: every token counts the same
}

export type LossSettings = Pick<RunConfig, "beta" | "anchor" | "kl_coef" | "simpo_gamma">;

/** Beyond these a mean counts no further (method.md §3, "Clips"). */
export interface Clips {
  chosen: number; // s_c at most
  rejected: number; // s_l at least
}

export interface ObjectiveRecipe {
  needs: readonly Need[];
  clips: Clips | null; // for the update's row: whose s_c and s_l were beyond
  /** The objective whose turn it is, of one that is several in sequence. */
  part?(progress: number): ObjectiveRecipe;
  loss(visit: Visit, settings: LossSettings): QuestionLoss;
}

/** The mean log-probability of a sequence, under the name its mean has in an update's row. */
export const meanOf = (name: TermName, sequence: Sequence): LossTerm => ({
  name,
  sequence,
  tokens: null,
  teacher: null,
});

/** The mean divergence of a sequence from its teacher, to be brought down; what its tokens are worth stands in the log, as `name`. */
export const softly = (name: TermName, sequence: Sequence, teacher: TopTokens): QuestionLoss => ({
  terms: [
    { ...meanOf("kl", sequence), teacher },
    { ...meanOf(name, sequence), watched: true },
  ],
  loss: [-1, 0],
});

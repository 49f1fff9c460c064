/** What an objective is: a map from one training question to the terms of its loss (method.md §3). */
import type { RunConfig } from "../../core/config.ts";
import type { QuestionTerms, Sequence } from "../../model/policy.ts";

/** A question as far as its passages go. */
export interface ReadQuestion {
  z: Sequence[]; // each retrieved passage by itself
}

/** A question with its right answer. */
export interface TaughtQuestion extends ReadQuestion {
  closed: number[]; // prompt without the passages
  gold: number[]; // completion: the right answer or, in response mode, evidence and answer
}

/** A question answered twice. */
export interface AnsweredQuestion extends ReadQuestion {
  closed: number[];
  open: number[]; // prompt with the passages
  preferred: number[]; // y_w, the completion given with the passages
  rejected: number[]; // y_l, the one given without
  differ: boolean; // y_w ≠ y_l
  reward: number; // of y_w, in [0, 1]
}

type Settings = Pick<RunConfig, "beta" | "anchor">;

/** `uses` says what the cycle must have ready before it asks for terms. */
export type ObjectiveRecipe =
  | { uses: "answers"; terms(question: AnsweredQuestion, config: Settings): QuestionTerms }
  | { uses: "gold"; terms(question: TaughtQuestion, config: Settings): QuestionTerms }
  | { uses: "passages"; terms(question: ReadQuestion, config: Settings): QuestionTerms };

/** A loss without any term; an objective fills in its own. */
export const NO_TERMS: QuestionTerms = {
  z: [],
  c: null,
  l: null,
  w: null,
  pair: 0,
  beta_z: 0,
  beta: 0,
  gamma: 0,
  clip_chosen: 0,
  clip_rejected: 0,
  anchor: 0,
  z_weight: 0,
};

/**
 * The pair term that `rlag-paper` and `rlag` share, ungated: −log σ( β_z·s_z + β·(min(s_c, −0.2) − max(s_l, −5.0)) − γ ),
 * (β_z, β) = (0.2, `beta`) where the answers differ, else (0.5, 0); γ = 0.8. s_w is scored for the log.
 */
export function pairTerms(question: AnsweredQuestion, beta: number): QuestionTerms {
  const { z, open, closed, preferred, rejected, differ } = question;
  return {
    ...NO_TERMS,
    z,
    c: { context: open, completion: preferred },
    l: { context: closed, completion: rejected },
    w: { context: closed, completion: preferred },
    pair: 1,
    beta_z: z.length === 0 ? 0 : differ ? 0.2 : 0.5, // a search may find nothing
    beta: differ ? beta : 0,
    gamma: 0.8,
    clip_chosen: -0.2,
    clip_rejected: -5.0,
  };
}

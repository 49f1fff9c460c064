/** Losses for tests of the engine alone. */
import { mean } from "../../src/core/shape.ts";
import type { LossTerm, QuestionLoss, Sequence, UpdateStats } from "../../src/model/policy.ts";
import { predicted } from "../../src/model/updatePlan.ts";

/** A term of a sequence without weights or soft targets. */
export const plain = (name: LossTerm["name"], sequence: Sequence): LossTerm => ({
  name,
  sequence,
  tokens: null,
  teacher: null,
});

/** Minus the mean of the sequences' means: passages under `cpt`, or with one of them an answer under `sft`. */
export const minusMean = (sequences: readonly Sequence[]): QuestionLoss => ({
  terms: sequences.map((s) => plain("z", s)),
  loss: sequences.map(() => -1 / sequences.length),
});

/** Σ_t weights[t]·(−log p_t) over whole sequences of tokens, a weight per predicted token. */
export const weightedSum = (
  sequences: readonly number[][],
  weights: readonly ArrayLike<number>[],
): QuestionLoss => {
  const terms = sequences.map((completion, i): LossTerm => {
    const sequence = { context: [], completion };
    return {
      ...plain("w", sequence),
      tokens: Float32Array.from(weights[i]!).subarray(0, predicted(sequence)),
    };
  });
  return { terms, loss: terms.map(({ tokens }) => -tokens!.reduce((a, b) => a + b, 0)) };
};

/** Per question, the mean of its terms of that name: s_z, s_c, …; NaN, which nothing equals, without one. */
export const meansOf = (
  name: LossTerm["name"],
  questions: readonly QuestionLoss[],
  { values }: Pick<UpdateStats, "values">,
): number[] =>
  questions.map(({ terms }, q) => mean(values[q]!.filter((_, t) => terms[t]!.name === name)) ?? Number.NaN);

/** The pair term that `rlag-paper` and `rlag` share (method.md §3). */
import { mean } from "../../core/shape.ts";
import type { QuestionLoss, Sequence } from "../../model/policy.ts";
import { type Clips, meanOf, type Visit } from "./objective.ts";

export const CLIPS: Clips = { chosen: -0.2, rejected: -5.0 };
const GAMMA = 0.8;

/** The sequences of a pair: passages, y_w open book, y_l closed book, y_w closed book. */
export type PairSequences = { z: Sequence[] } & Record<"c" | "l" | "w", Sequence>;

/** What each part counts; 0 leaves it to be watched. */
export interface PairWeights {
  beta_z: number;
  beta: number; // gated by the reward where the objective does so, as is the next
  anchor: number;
  clips: Clips;
}

/**
 * −log σ( beta_z·s_z + beta·(min(s_c, clips.chosen) − max(s_l, clips.rejected)) − γ ) − anchor·s_w, γ = 0.8. At a clip the
 * gradient flows, beyond it is 0. s_w always stands in the log.
 */
export function pairLoss({ z, c, l, w }: PairSequences, weights: PairWeights): QuestionLoss {
  const { beta_z, beta, anchor, clips } = weights;
  return {
    terms: [
      ...z.map((passage) => ({ ...meanOf("z", passage), watched: beta_z === 0 })),
      { ...meanOf("c", c), watched: beta === 0 },
      { ...meanOf("l", l), watched: beta === 0 },
      { ...meanOf("w", w), watched: anchor === 0 },
    ],
    loss: (values) => {
      const s_z = mean(values.slice(0, z.length)) ?? 0; // a search may find nothing
      const [s_c, s_l, s_w] = values.slice(z.length) as [number, number, number];
      const kept = Math.min(s_c, clips.chosen) - Math.max(s_l, clips.rejected);
      const { loss, slope } = minusLogSigmoid(beta_z * s_z + beta * kept - GAMMA);
      return {
        loss: loss - anchor * s_w,
        slopes: [
          ...z.map(() => (slope * beta_z) / z.length),
          s_c <= clips.chosen ? slope * beta : 0,
          s_l >= clips.rejected ? -slope * beta : 0,
          -anchor,
        ],
      };
    },
  };
}

/** The pair of a visit: (β_z, β) = (0.2, `beta`) where the answers differ, else (0.5, 0). */
export const pairOf = (visit: Visit, beta: number, anchor: number): QuestionLoss => {
  const { passages, open, closed, preferred, rejected, differ } = visit;
  return pairLoss(
    {
      z: passages,
      c: { context: open, completion: preferred },
      l: { context: closed, completion: rejected },
      w: { context: closed, completion: preferred },
    },
    { beta_z: differ ? 0.2 : 0.5, beta: differ ? beta : 0, anchor, clips: CLIPS },
  );
};

/** −log σ(x) and its slope −σ(−x), safe at both ends. */
export function minusLogSigmoid(x: number): { loss: number; slope: number } {
  const e = Math.exp(-Math.abs(x));
  return { loss: Math.max(-x, 0) + Math.log1p(e), slope: -(x > 0 ? e : 1) / (1 + e) };
}

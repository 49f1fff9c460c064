/** What a question has not, in `terms`. */
const ABSENT = 0xffffffff;

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * The loss of QuestionTerms (src/model/policy.ts) per question, `scale` times its gradient by (s_z, s_c, s_l, s_w), and
 * these four. terms (Q, 8) and weights (Q, 8) as in shaders/objective.wgsl.
 */
export function objectiveReference(
  means: ArrayLike<number>,
  terms: ArrayLike<number>,
  zList: ArrayLike<number>,
  weights: ArrayLike<number>,
  Q: number,
  scale: number,
) {
  const losses = new Float64Array(Q);
  const gradients = new Float64Array(Q * 4);
  const parts = new Float64Array(Q * 4);
  for (let q = 0; q < Q; q++) {
    const [c, l, w, zStart, zEnd] = Array.from({ length: 5 }, (_, i) => terms[q * 8 + i]!) as Five;
    const [pair, beta_z, beta, gamma, clip_chosen, clip_rejected, anchor, z_weight] = Array.from(
      { length: 8 },
      (_, i) => weights[q * 8 + i]!,
    ) as Eight;
    const has = { z: zEnd > zStart, c: c !== ABSENT, l: l !== ABSENT, w: w !== ABSENT };

    let s_z = 0;
    for (let i = zStart; i < zEnd; i++) s_z += means[zList[i]!]! / (zEnd - zStart);
    const s_c = has.c ? means[c]! : 0;
    const s_l = has.l ? means[l]! : 0;
    const s_w = has.w ? means[w]! : 0;
    const chosen = has.c ? Math.min(s_c, clip_chosen) : 0;
    const rejected = has.l ? Math.max(s_l, clip_rejected) : 0;
    const x = beta_z * s_z + beta * (chosen - rejected) - gamma;
    const dx = -pair * sigmoid(-x);

    losses[q] = pair * softplus(-x) - anchor * s_w - z_weight * s_z;
    parts.set([s_z, s_c, s_l, s_w], q * 4);
    gradients.set(
      [
        has.z ? scale * (dx * beta_z - z_weight) : 0,
        has.c && s_c <= clip_chosen ? scale * dx * beta : 0,
        has.l && s_l >= clip_rejected ? -scale * dx * beta : 0,
        has.w ? -scale * anchor : 0,
      ],
      q * 4,
    );
  }
  return { losses, gradients, parts };
}

type Five = [number, number, number, number, number];
type Eight = [...Five, number, number, number];

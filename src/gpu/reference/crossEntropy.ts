export interface CrossEntropyShape {
  R: number;
  V: number;
  ld: number;
  rowOffset: number;
}

/**
 * logprob (R) of targets[n] under softmax(logits[r]), n = rowOffset + r, 0 for rows whose target is 0xffffffff; and the gradient
 * (R, ld) of Σ_r −weight[n]·logprob[r] by the logits (R, ld), 0 in the padding.
 */
export function crossEntropyReference(
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  weight: ArrayLike<number>,
  { R, V, ld, rowOffset }: CrossEntropyShape,
) {
  const logprob = new Float64Array(R);
  const gradient = new Float64Array(R * ld);
  for (let r = 0; r < R; r++) {
    const n = rowOffset + r;
    const row = Array.from({ length: V }, (_, v) => logits[r * ld + v]!);
    const largest = Math.max(...row);
    const lse = largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    if (targets[n] !== 0xffffffff) logprob[r] = row[targets[n]!]! - lse;
    row.forEach((x, v) => {
      gradient[r * ld + v] = weight[n]! * (Math.exp(x - lse) - (v === targets[n] ? 1 : 0));
    });
  }
  return { logprob, gradient };
}

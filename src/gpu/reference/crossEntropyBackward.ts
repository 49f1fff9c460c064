export interface CrossEntropyShape {
  R: number;
  V: number;
  ld: number;
  rowOffset: number;
}

/** logits (R, ld) → their gradient for Σ_r −weight[n]·log softmax(logits[r])[targets[n]], n = rowOffset + r; padding gets 0. */
export function crossEntropyBackwardReference(
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  lse: ArrayLike<number>,
  weight: ArrayLike<number>,
  { R, V, ld, rowOffset }: CrossEntropyShape,
) {
  const gradient = new Float64Array(R * ld);
  for (let r = 0; r < R; r++) {
    const n = rowOffset + r;
    for (let v = 0; v < V; v++) {
      const p = Math.exp(logits[r * ld + v]! - lse[n]!);
      gradient[r * ld + v] = weight[n]! * (p - (v === targets[n] ? 1 : 0));
    }
  }
  return gradient;
}

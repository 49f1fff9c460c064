/** logprob (R) = targetLogit − log Σ_tiles total·exp(max), 0 for rows whose target is 0xffffffff. */
export function mergeLseReference(
  partials: ArrayLike<number>,
  targetLogit: ArrayLike<number>,
  targets: ArrayLike<number>,
  R: number,
  tiles: number,
) {
  const logprob = new Float64Array(R);
  for (let r = 0; r < R; r++) {
    let largest = -Infinity;
    let total = 0;
    for (let t = 0; t < tiles; t++) largest = Math.max(largest, partials[2 * (r * tiles + t)]!);
    for (let t = 0; t < tiles; t++) {
      const at = 2 * (r * tiles + t);
      total += partials[at + 1]! * Math.exp(partials[at]! - largest);
    }
    const lse = largest + Math.log(total);
    logprob[r] = targets[r] === 0xffffffff ? 0 : targetLogit[r]! - lse;
  }
  return { logprob };
}

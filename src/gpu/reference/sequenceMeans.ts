/** means (S) of the rows offsets[s] … offsets[s+1] of logprob; 0 of no rows. */
export function sequenceMeansReference(
  logprob: ArrayLike<number>,
  offsets: ArrayLike<number>,
  S: number,
): Float64Array {
  const means = new Float64Array(S);
  for (let s = 0; s < S; s++) {
    const rows = offsets[s + 1]! - offsets[s]!;
    for (let r = offsets[s]!; r < offsets[s + 1]!; r++) means[s]! += logprob[r]! / rows;
  }
  return means;
}

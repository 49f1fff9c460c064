export interface RowUses {
  offsets: ArrayLike<number>; // (S+1) rows of each sequence
  users: ArrayLike<number>; // (S+1) uses of each sequence
  userIndex: ArrayLike<number>; // question·4 + term
  factor: ArrayLike<number>; // 1/|Z| for a passage, else 1
  sequenceOf: ArrayLike<number>; // (R)
}

/** weight (R): −dL/dlogp of every row, from dL/d(mean) of the uses of its sequence. */
export function rowWeightsReference(
  { offsets, users, userIndex, factor, sequenceOf }: RowUses,
  gradients: ArrayLike<number>,
  R: number,
): Float64Array {
  const weight = new Float64Array(R);
  for (let r = 0; r < R; r++) {
    const s = sequenceOf[r]!;
    const rows = offsets[s + 1]! - offsets[s]!;
    for (let n = users[s]!; n < users[s + 1]!; n++)
      weight[r]! -= (factor[n]! * gradients[userIndex[n]!]!) / rows;
  }
  return weight;
}

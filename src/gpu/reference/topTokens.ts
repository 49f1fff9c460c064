/** ids and logprobs (R, count) of the likeliest of the first V columns of logits (R, ld), best first, of equals the lower. */
export function topTokensReference(
  logits: ArrayLike<number>,
  { R, V, ld, count }: { R: number; V: number; ld: number; count: number },
) {
  const ids = new Uint32Array(R * count);
  const logprobs = new Float64Array(R * count);
  for (let r = 0; r < R; r++) {
    const row = Array.from({ length: V }, (_, v) => logits[r * ld + v]!);
    const top = row.reduce((most, x) => Math.max(most, x), -Infinity);
    const lse = top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
    const order = row.map((_, v) => v).sort((a, b) => row[b]! - row[a]! || a - b);
    for (let k = 0; k < count; k++) {
      ids[r * count + k] = order[k]!;
      logprobs[r * count + k] = row[order[k]!]! - lse;
    }
  }
  return { ids, logprobs };
}

/** y (T, C): the sum of the rows list[offsets[t] .. offsets[t+1]] of x (any, C). */
export function scatterAddRowsReference(
  x: ArrayLike<number>,
  offsets: ArrayLike<number>,
  list: ArrayLike<number>,
  T: number,
  C: number,
) {
  const y = new Float64Array(T * C);
  for (let t = 0; t < T; t++) {
    for (let n = offsets[t]!; n < offsets[t + 1]!; n++) {
      for (let c = 0; c < C; c++) y[t * C + c]! += x[list[n]! * C + c]!;
    }
  }
  return y;
}

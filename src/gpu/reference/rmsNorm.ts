/** rstd (T) and y (T, C) of x (T, C) and weight (C); Zhang and Sennrich 2019, as Llama has it. */
export function rmsNormReference(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  T: number,
  C: number,
  eps: number,
) {
  const y = new Float64Array(T * C);
  const rstd = new Float64Array(T);
  for (let t = 0; t < T; t++) {
    let sum = 0;
    for (let c = 0; c < C; c++) sum += x[t * C + c]! ** 2;
    rstd[t] = 1 / Math.sqrt(sum / C + eps);
    for (let c = 0; c < C; c++) y[t * C + c] = x[t * C + c]! * rstd[t]! * weight[c]!;
  }
  return { y, rstd };
}

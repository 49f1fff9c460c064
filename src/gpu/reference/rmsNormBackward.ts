/** dx (T, C) of rmsNorm for x (T, C), weight (C), rstd (T) and the output gradient dy (T, C); weight is frozen. */
export function rmsNormBackwardReference(
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  rstd: ArrayLike<number>,
  dy: ArrayLike<number>,
  T: number,
  C: number,
) {
  const dx = new Float64Array(T * C);
  for (let t = 0; t < T; t++) {
    const r = rstd[t]!;
    let sum = 0;
    for (let c = 0; c < C; c++) sum += weight[c]! * dy[t * C + c]! * x[t * C + c]!;
    for (let c = 0; c < C; c++) {
      dx[t * C + c] = r * weight[c]! * dy[t * C + c]! - ((x[t * C + c]! * r ** 3) / C) * sum;
    }
  }
  return dx;
}

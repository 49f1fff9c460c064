export interface MatmulNnShape {
  M: number;
  N: number;
  K: number;
  lddy: number;
  ldw: number;
  ldg: number;
  gOffset: number;
  lda: number;
  rank: number;
  scale: number;
}

/** dY·W + scale·G·A, dense (M, K): the gradient of `matmulNt` by X, where H = X·Aᵀ and G = dY·B. */
export function matmulNnReference(
  dy: ArrayLike<number>,
  w: ArrayLike<number>,
  g: ArrayLike<number>,
  a: ArrayLike<number>,
  { M, N, K, lddy, ldw, ldg, gOffset, lda, rank, scale }: MatmulNnShape,
) {
  const dx = new Float64Array(M * K);
  for (let m = 0; m < M; m++)
    for (let k = 0; k < K; k++) {
      let sum = 0;
      let low = 0;
      for (let n = 0; n < N; n++) sum += dy[m * lddy + n]! * w[n * ldw + k]!;
      for (let j = 0; j < rank; j++) low += g[m * ldg + gOffset + j]! * a[j * lda + k]!;
      dx[m * K + k] = sum + scale * low;
    }
  return dx;
}

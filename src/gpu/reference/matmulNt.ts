export interface MatmulNtShape {
  M: number;
  N: number;
  K: number;
  ldx: number;
  ldw: number;
  ldh: number;
  hOffset: number;
  ldb: number;
  rank: number;
  scale: number;
}

/** X·Wᵀ + scale·H·Bᵀ, dense (M, N): LoRA's forward (Hu et al. 2021). */
export function matmulNtReference(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  h: ArrayLike<number>,
  b: ArrayLike<number>,
  { M, N, K, ldx, ldw, ldh, hOffset, ldb, rank, scale }: MatmulNtShape,
) {
  const y = new Float64Array(M * N);
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) {
      let sum = 0;
      let low = 0;
      for (let k = 0; k < K; k++) sum += x[m * ldx + k]! * w[n * ldw + k]!;
      for (let j = 0; j < rank; j++) low += h[m * ldh + hOffset + j]! * b[n * ldb + j]!;
      y[m * N + n] = sum + scale * low;
    }
  return y;
}

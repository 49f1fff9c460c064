export interface MatmulTnShape {
  M: number;
  I: number;
  J: number;
  ldp: number;
  pOffset: number;
  ldq: number;
  qOffset: number;
}

/** Pᵀ·Q in blocks of `rows` rows: (ceil(M / rows), I, J). Summed over blocks: dA = Gᵀ·X and dB = dYᵀ·H. */
export function matmulTnReference(
  p: ArrayLike<number>,
  q: ArrayLike<number>,
  { M, I, J, ldp, pOffset, ldq, qOffset }: MatmulTnShape,
  rows: number,
) {
  const partials = new Float64Array(Math.ceil(M / rows) * I * J);
  for (let m = 0; m < M; m++)
    for (let i = 0; i < I; i++)
      for (let j = 0; j < J; j++) {
        const at = (Math.floor(m / rows) * I + i) * J + j;
        partials[at]! += p[m * ldp + pOffset + i]! * q[m * ldq + qOffset + j]!;
      }
  return partials;
}

export interface SumPartialsShape {
  splits: number;
  I: number;
  J: number;
  si: number;
  sj: number;
  outOffset: number;
  beta: number;
  scale: number;
}

/** `out` with beta·out + scale·Σ_s partials[s,i,j] at outOffset + i·si + j·sj, everything else as it was. */
export function sumPartialsReference(
  partials: ArrayLike<number>,
  out: ArrayLike<number>,
  { splits, I, J, si, sj, outOffset, beta, scale }: SumPartialsShape,
) {
  const result = Float64Array.from(out);
  for (let i = 0; i < I; i++)
    for (let j = 0; j < J; j++) {
      let sum = 0;
      for (let s = 0; s < splits; s++) sum += partials[(s * I + i) * J + j]!;
      const at = outOffset + i * si + j * sj;
      result[at] = beta * out[at]! + scale * sum;
    }
  return result;
}

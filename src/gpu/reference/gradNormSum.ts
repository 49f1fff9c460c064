/** The norm from its partial sums of squares, and 1 where it is not finite. */
export function gradNormSumReference(partials: ArrayLike<number>): [norm: number, broken: number] {
  let sum = 0;
  for (let j = 0; j < partials.length; j++) sum += partials[j]!;
  return [Math.sqrt(sum), Number.isFinite(sum) ? 0 : 1];
}

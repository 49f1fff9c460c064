/**
 * x (T, ldx) with its first NH heads rotated by `table` (positions, hs/2, 2: cos, sin) at `positions` (T); sign −1 rotates
 * back. Su et al. 2021 in the half-split layout of Llama.
 */
export function ropeReference(
  x: ArrayLike<number>,
  positions: ArrayLike<number>,
  table: ArrayLike<number>,
  T: number,
  NH: number,
  hs: number,
  ldx: number,
  sign: number,
) {
  const y = Float64Array.from(x);
  const pairs = hs / 2;
  for (let t = 0; t < T; t++) {
    for (let h = 0; h < NH; h++) {
      for (let c = 0; c < pairs; c++) {
        const a = t * ldx + h * hs + c;
        const cos = table[(positions[t]! * pairs + c) * 2]!;
        const sin = sign * table[(positions[t]! * pairs + c) * 2 + 1]!;
        y[a] = x[a]! * cos - x[a + pairs]! * sin;
        y[a + pairs] = x[a + pairs]! * cos + x[a]! * sin;
      }
    }
  }
  return y;
}

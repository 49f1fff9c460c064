/** Gradients of `gluReference` by gate and up for the output gradient dh, and the output h itself. */
export function gluBackwardReference(
  dh: ArrayLike<number>,
  gate: ArrayLike<number>,
  up: ArrayLike<number>,
  a: number,
  b: number,
) {
  const h = new Float64Array(dh.length);
  const dgate = new Float64Array(dh.length);
  const dup = new Float64Array(dh.length);
  for (let i = 0; i < dh.length; i++) {
    const e = gate[i]!;
    const s = 1 / (1 + Math.exp(-e * (a + b * e * e)));
    h[i] = e * s * up[i]!;
    dup[i] = dh[i]! * e * s;
    dgate[i] = dh[i]! * up[i]! * s * (1 + e * (1 - s) * (a + 3 * b * e * e));
  }
  return { h, dgate, dup };
}

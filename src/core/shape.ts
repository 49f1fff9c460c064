/** Integer arithmetic of shapes. */
export const ceilDiv = (a: number, b: number): number => Math.floor((a + b - 1) / b);
/** `a` rounded up to a multiple of `b`. */
export const roundUp = (a: number, b: number): number => ceilDiv(a, b) * b;
export const sum = (xs: ArrayLike<number>): number => {
  let s = 0;
  for (let i = 0; i < xs.length; i++) s += xs[i]!;
  return s;
};
/** The mean, or null of nothing: what was not measured is not a number. */
export const mean = (xs: ArrayLike<number>): number | null => (xs.length === 0 ? null : sum(xs) / xs.length);

/** Intervals at 95 % (method.md §3, "Fair comparison"). */
import { mean } from "./shape.ts";

export interface Interval {
  low: number;
  high: number;
}

const Z = 1.959963984540054; // two-sided 95 % quantile of the normal distribution
// Two-sided 95 % quantiles of Student's t for 2, 3, … degrees of freedom: 3 seeds have 2.
const T = [
  4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604, 2.1448,
  2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086,
];

/** Wilson's score interval (JASA 1927) of a share over `n` questions; null over none. */
export function wilson(share: number, n: number): Interval | null {
  if (n === 0) return null;
  const centre = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** Student's t interval of a mean over seeds; null below three, and above twenty the normal quantile is used. */
export function tInterval(values: readonly number[]): Interval | null {
  const n = values.length;
  const centre = mean(values);
  if (n < 3 || centre === null) return null;
  const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (n - 1));
  const half = ((T[n - 3] ?? Z) * sd) / Math.sqrt(n);
  return { low: centre - half, high: centre + half };
}

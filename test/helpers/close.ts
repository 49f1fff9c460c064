/** Numbers against numbers. NaN and infinity never pass. */
import { expect } from "vitest";

export interface Closeness {
  rtol?: number; // share of |want|
  atol?: number; // same unit as the values
  label?: string; // said in the message
}

/**
 * Demands |got − want| ≤ atol + rtol·|want| element by element, equal lengths and at least one value. A failure shows
 * how many are off, the largest error and the first five bad pairs.
 */
export function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, options: Closeness = {}): void {
  const report = compare(got, want, options);
  if (report !== null) expect.fail(report);
}

/** What `expectClose` would say, or null where everything is close. */
export function compare(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  options: Closeness = {},
): string | null {
  const { rtol = 0, atol = 0, label = "values" } = options;
  if (got.length !== want.length)
    return `${label}: ${got.length} values came out, ${want.length} were wanted`;
  if (want.length === 0) return `${label}: nothing to compare`;
  const pairs: string[] = [];
  let bad = 0;
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i]! - want[i]!);
    const limit = atol + rtol * Math.abs(want[i]!);
    if (error > worst || Number.isNaN(error)) worst = error; // nothing is larger than NaN: it stays
    if (error <= limit && Number.isFinite(limit)) continue;
    if (++bad <= 5) pairs.push(`  [${i}] got ${got[i]}, want ${want[i]}, off by ${error}`);
  }
  if (bad === 0) return null;
  const head = `${label}: ${bad} of ${want.length} are off (rtol ${rtol}, atol ${atol}), max error ${worst}`;
  return [head, ...pairs].join("\n");
}

/** The largest |x|; a gradient's tolerance is a share of it. */
export function peak(xs: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < xs.length; i++) largest = Math.max(largest, Math.abs(xs[i]!));
  return largest;
}

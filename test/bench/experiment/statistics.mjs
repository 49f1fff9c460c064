/** The experiment's statistics, without files: gap recovered, the paired bootstrap over archives and questions, Holm's adjustment. */

/**
 * One arm's outcomes on one archive, per held-out question; `before` are the base's. Null where a question was not scored.
 * @typedef {{ closed: (number | null)[], before: { closed: (number | null)[], open: (number | null)[] } }} Outcomes
 */

/** Uniform numbers in [0, 1), the same for the same seed (mulberry32). @type {(seed: number) => () => number} */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Draws for a bootstrap in two levels: archives with replacement, then as many questions of each with replacement. Each draw is
 * a list of [archive, question] places, the same for every arm: that pairs them.
 * @type {(sizes: readonly number[], draws: number, seed: number) => [archive: number, question: number][][]}
 */
export function resamples(sizes, draws, seed) {
  const next = seeded(seed);
  const below = (/** @type {number} */ n) => Math.floor(next() * n);
  return Array.from({ length: draws }, () =>
    sizes.flatMap(() => {
      const archive = below(sizes.length);
      return Array.from(
        { length: sizes[archive] ?? 0 },
        () => /** @type {[number, number]} */ ([archive, below(sizes[archive] ?? 0)]),
      );
    }),
  );
}

/**
 * Gap recovered over the places: (closed now − closed before) / (open before − closed before), means over the questions that all
 * three are known of. Null where there is none, or no gap.
 * @type {(archives: readonly Outcomes[], places: readonly (readonly [number, number])[]) => number | null}
 */
export function gapRecovered(archives, places) {
  let [now, closed, open] = [0, 0, 0];
  for (const [a, q] of places) {
    const of = archives[a];
    const [n, c, o] = [of?.closed[q], of?.before.closed[q], of?.before.open[q]];
    if (n == null || c == null || o == null) continue;
    now += n;
    closed += c;
    open += o;
  }
  return open - closed > 0 ? (now - closed) / (open - closed) : null;
}

/** Every place once. @type {(sizes: readonly number[]) => [number, number][]} */
export const everywhere = (sizes) =>
  sizes.flatMap((n, a) => Array.from({ length: n }, (_, q) => /** @type {[number, number]} */ ([a, q])));

/** The percentile interval of values, 95 % by default. @type {(values: readonly number[], level?: number) => { low: number, high: number } | null} */
export function percentiles(values, level = 0.95) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    /** @type {number} */ (sorted[Math.round(share * (sorted.length - 1))]);
  return { low: at((1 - level) / 2), high: at((1 + level) / 2) };
}

/**
 * Two-sided p of "no difference" from bootstrapped differences: twice the smaller tail at zero, each with one draw more than
 * was found, so that it is never 0.
 * @type {(differences: readonly number[]) => number}
 */
export function pValue(differences) {
  const tail = (/** @type {(d: number) => boolean} */ is) =>
    (differences.filter(is).length + 1) / (differences.length + 1);
  return Math.min(
    1,
    2 *
      Math.min(
        tail((d) => d <= 0),
        tail((d) => d >= 0),
      ),
  );
}

/** Holm's step-down adjustment of a family of p values, in their order (Scand. J. Statist. 1979). @type {(ps: readonly number[]) => number[]} */
export function holm(ps) {
  const order = ps.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
  const adjusted = [...ps];
  let least = 0;
  order.forEach(({ p, i }, rank) => {
    least = Math.max(least, Math.min(1, p * (ps.length - rank)));
    adjusted[i] = least;
  });
  return adjusted;
}

/** What can be said of arms: means over seeds, and differences over the same questions (method.md §3, "Fair comparison"). */
import { type Interval, tInterval } from "./intervals.ts";
import { uniformAt } from "./rng.ts";
import { mean } from "./shape.ts";

export interface SeedMean {
  mean: number;
  interval: Interval | null; // Student's t; null below three seeds
  seeds: number; // that measured it
}

/** The mean of what was measured, and its interval; null where nothing was. */
export function seedMean(values: readonly (number | null)[]): SeedMean | null {
  const known = values.filter((v) => v !== null);
  const centre = mean(known);
  return centre === null ? null : { mean: centre, interval: tInterval(known), seeds: known.length };
}

/** One arm's scores on the same questions, a list of them for each seed; null where a question was not scored. */
export type Scores = readonly (readonly (number | null)[])[];

export interface Difference extends Interval {
  difference: number; // b − a, mean over seeds and questions
  questions: number; // that both have of every seed
}

/**
 * How far `b` is above `a`, with its percentile bootstrap interval at 95 %. A draw takes seeds with replacement, then
 * questions, the same for both arms and for every seed of the draw: the questions are one sample that all seeds were tested
 * on, so drawing them anew for each seed would call the interval narrower than it is (Owen, "The pigeonhole bootstrap",
 * Annals of Applied Statistics 2007). Where `paired`, the n-th list of both is of the same seed, and they are drawn together.
 * @returns null where no question is scored throughout, or an arm has no seed
 */
export function pairedDifference(
  a: Scores,
  b: Scores,
  { paired, seed, draws }: { paired: boolean; seed: number; draws: number },
): Difference | null {
  const places = (a[0] ?? []).flatMap((_, q) => ([...a, ...b].every((of) => of[q] != null) ? [q] : []));
  const questions = places.length;
  if (questions === 0 || b.length === 0 || (paired && a.length !== b.length)) return null;
  let position = 0;
  const below = (n: number): number => Math.floor(uniformAt(seed, "bootstrap", position++) * n);
  const several = (n: number): number[] => Array.from({ length: n }, () => below(n));
  const meanOf = (scores: Scores, seeds: readonly number[], asked: readonly number[]): number => {
    let total = 0;
    for (const s of seeds) for (const q of asked) total += scores[s]![q]!;
    return total / (seeds.length * asked.length);
  };
  const all = (scores: Scores): number[] => scores.map((_, s) => s);
  const found = Array.from({ length: draws }, () => {
    const seedsOfA = several(a.length);
    const seedsOfB = paired ? seedsOfA : several(b.length);
    const asked = several(questions).map((i) => places[i]!);
    return meanOf(b, seedsOfB, asked) - meanOf(a, seedsOfA, asked);
  });
  const { low, high } = percentiles(found);
  return { difference: meanOf(b, all(b), places) - meanOf(a, all(a), places), low, high, questions };
}

/** The percentile interval of at least one value, at 95 %. */
export function percentiles(values: readonly number[]): Interval {
  const sorted = [...values].sort((x, y) => x - y);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return { low: at(0.025), high: at(0.975) };
}

/** Questions by who was right (McNemar, Psychometrika 1947), as indices; those that an arm was not scored on are in none. */
export interface Agreement {
  both: number[];
  onlyA: number[];
  onlyB: number[];
  neither: number[];
}

/** Where two arms agree. Of several seeds an arm is right where more than half of them are. */
export function agreement(a: Scores, b: Scores): Agreement {
  const found: Agreement = { both: [], onlyA: [], onlyB: [], neither: [] };
  const last = Math.max(0, ...[...a, ...b].map((of) => of.length));
  for (let q = 0; q < last; q++) {
    const [x, y] = [mostly(a, q), mostly(b, q)];
    if (x === null || y === null) continue;
    found[x ? (y ? "both" : "onlyA") : y ? "onlyB" : "neither"].push(q);
  }
  return found;
}

/** Whether a question is right in more than half of the seeds; null where one of them was not scored on it. */
function mostly(scores: Scores, question: number): boolean | null {
  const of = scores.map((seed) => seed[question] ?? null);
  const known = of.filter((v) => v !== null);
  return known.length === 0 || known.length < of.length
    ? null
    : known.reduce((sum, v) => sum + v, 0) * 2 > known.length;
}

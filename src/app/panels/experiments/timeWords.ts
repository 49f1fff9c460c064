import { DASH, duration } from "../../format.ts";

/** The time of all runs, from that of one with each settings: a dash where none is known, and "at least" where one is not. */
export function totalInWords(times: readonly (number | null)[], each: number): string {
  const known = times.filter((t) => t !== null);
  if (known.length === 0) return `Total time: ${DASH}`;
  const total = duration(known.reduce((sum, t) => sum + t, 0) * each);
  return known.length < times.length ? `At least ${total}` : `About ${total}`;
}

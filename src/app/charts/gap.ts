/** Which columns of a cycle row make the two lines, and what can be said of them. */
import type { CycleRow } from "../../core/run.ts";

export type Measure = "answers" | "explanations";

export interface GapPoint {
  cycle: number;
  open: number | null; // fractions
  closed: number | null;
  elsewhere: number | null; // open book on an archive never trained on
}

/** The rows of a measure that were measured, in order of cycle. */
export function gapPoints(rows: readonly CycleRow[], measure: Measure): GapPoint[] {
  const points = rows.map((row) =>
    measure === "answers"
      ? { cycle: row.cycle, open: row.open_test, closed: row.closed_test, elsewhere: row.other_open ?? null }
      : {
          cycle: row.cycle,
          open: row.open_response,
          closed: row.closed_response,
          elsewhere: row.other_open_response ?? null,
        },
  );
  return points.filter((p) => p.open !== null || p.closed !== null).sort((a, b) => a.cycle - b.cycle);
}

/**
 * Share of the gap at cycle 0 that the closed book has won back (method.md §1); null when nothing was measured or the
 * gap was narrower than five points, where the quotient is mostly noise.
 */
export function gapRecovered(points: readonly GapPoint[]): number | null {
  const first = points[0];
  const last = points.at(-1);
  if (first?.cycle !== 0 || first.open === null || first.closed === null || !last || last.closed === null)
    return null;
  const gap = first.open - first.closed;
  return gap < 0.05 ? null : (last.closed - first.closed) / gap;
}

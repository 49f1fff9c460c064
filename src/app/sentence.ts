/** The result in one sentence, from measured rows alone. */
import type { CycleRow } from "../core/run.ts";
import { type GapPoint, gapPoints, gapRecovered, type Measure } from "./charts/gap.ts";
import { fixed, inWords, percent, plural } from "./format.ts";

export interface Sentence {
  text: string;
  strong: string | null; // the part of `text` that carries the result
}

const say = (text: string, strong: string | null = null): Sentence => ({ text, strong });

/**
 * @param questions how many held-out questions the shares are of; null where that is not known
 * @returns null before anything was measured
 */
export function resultSentence(
  rows: readonly CycleRow[],
  measure: Measure,
  questions: number | null,
): Sentence | null {
  const points = gapPoints(rows, measure);
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || last.closed === null) return null;
  const of = (share: number) =>
    questions === null ? percent(share) : `${Math.round(share * questions)} of ${questions}`;

  if (last.cycle === 0) {
    if (last.open === null)
      return say(`Before training ${of(last.closed)} answers are right with the book closed.`);
    return measure === "answers"
      ? say(
          `Before training: ${percent(last.open)} right with the book open, ${percent(last.closed)} with it closed. That gap is what the run will try to close.`,
          `${percent(last.closed)} with it closed`,
        )
      : say(
          `Before training an explanation earns ${fixed(last.open)} of 1 with the book open and ${fixed(last.closed)} with it closed.`,
          fixed(last.closed),
        );
  }

  const after = `After ${inWords(last.cycle)} ${plural(last.cycle, "cycle")}`;
  const recovered = gapRecovered(points);
  if (measure === "explanations") {
    const before = first.cycle === 0 && first.closed !== null ? `, from ${fixed(first.closed)} before` : "";
    const beside = last.open === null ? "" : `; with the book open, ${fixed(last.open)}`;
    return say(
      `${after} an explanation given without looking earns ${fixed(last.closed)} of 1${before}${beside}.`,
      fixed(last.closed),
    );
  }
  const right = `${of(last.closed)} answers are right without looking`;
  if (recovered === null || first.closed === null) return say(`${after} ${right}.`, of(last.closed));
  const from = questions === null ? percent(first.closed) : `${Math.round(first.closed * questions)}`;
  if (recovered <= 0) {
    return say(
      `${after} nothing of the gap is closed: ${right}, against ${from} before training.`,
      "nothing of the gap",
    );
  }
  return say(
    `${after} the closed book has won back ${percent(recovered)} of the gap: ${right}, up from ${from}.`,
    percent(recovered),
  );
}

const LOST = 0.05; // a fall beyond this is a loss; below, so few questions cannot tell it from nothing

/**
 * What learning this archive kept and what it cost: reading its own passages, and reading those of an archive it never
 * trained on, each with the number before. Null before the first cycle, and where neither was measured at both ends.
 */
export function keptSentence(rows: readonly CycleRow[], measure: Measure): string | null {
  const points = gapPoints(rows, measure);
  const say = measure === "answers" ? percent : fixed;
  const readings = [
    { what: "reading its own passages", ...ends(points, (p) => p.open) },
    { what: "reading an archive it never saw", ...ends(points, (p) => p.elsewhere) },
  ].flatMap(({ what, before, now }) =>
    before === null || now === null
      ? []
      : [{ clause: `${what} (${say(now)}, ${say(before)} before)`, lost: before - now > LOST }],
  );
  const part = (lost: boolean, word: string): string[] => {
    const clauses = readings.filter((r) => r.lost === lost).map(({ clause }) => clause);
    return clauses.length === 0 ? [] : [`${word}: ${clauses.join(" and ")}.`];
  };
  return readings.length === 0 ? null : [...part(false, "Kept"), ...part(true, "Lost in part")].join(" ");
}

/** A value before training and at the last cycle that has it; null at either end where it is not known. */
function ends(
  points: readonly GapPoint[],
  of: (point: GapPoint) => number | null,
): { before: number | null; now: number | null } {
  const first = points[0];
  const last = points.findLast((p) => of(p) !== null);
  if (first?.cycle !== 0 || !last || last.cycle === 0) return { before: null, now: null };
  return { before: of(first), now: of(last) };
}

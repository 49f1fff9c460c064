/** Which held-out questions a run had right, by question, so that arms can be compared over the same ones. */
import { fingerprintOf } from "../../../core/fingerprint.ts";
import { firstQuestions } from "../../../core/questions.ts";
import type { Question } from "../../../core/run.ts";
import { type Agreement, agreement, type Difference, pairedDifference } from "../../../core/statistics.ts";
import type { Measure } from "../../charts/gap.ts";
import type { Corpora } from "../../corpora.ts";
import type { StoredRun } from "../../stores/runStore.ts";
import type { Arm } from "./arms.ts";
import { sameQuestions } from "./fairness.ts";

/** The held-out questions a run was tested on: those that came with it, else those of its corpus; null where these have changed since. */
export async function testedQuestions(
  corpora: Corpora,
  { run, answers, questions }: StoredRun,
): Promise<readonly Question[] | null> {
  if (questions) return questions;
  const corpus = await corpora.load(run.config.data);
  const sets = firstQuestions(corpus, run.config.questions);
  const asked = answers.at(-1)?.closed_test.length ?? 0;
  if (run.fingerprint) {
    const now = await fingerprintOf(corpus.documents, sets, run.config.embedder);
    return now.questions === run.fingerprint.questions ? sets.test : null;
  }
  return asked > sets.test.length ? null : sets.test.slice(0, asked);
}

/** Question by question 1 or 0, of explanations the reward; null where it was not scored. */
export function scoresOf(
  { answers }: StoredRun,
  measure: Measure,
  cycle: number,
  questions: readonly Question[],
): (number | null)[] {
  const at = answers.find((a) => a.cycle === cycle);
  return questions.map((question, i) => {
    if (measure === "explanations") return at?.closed_reward?.[i] ?? null;
    const chosen = at?.closed_test[i] ?? null;
    return chosen === null ? null : Number(chosen === question.answer);
  });
}

export interface Against {
  difference: Difference;
  seeds: number; // compared in pairs; 0: no seed is in both
  counts: Agreement | null; // null of explanations, which are not right or wrong
}

const DRAWS = 2000;

/** How `b` stands against `a`, closed book, over the same questions; null where that cannot be said. */
export function against(
  a: Arm,
  b: Arm,
  measure: Measure,
  cycle: number,
  questions: readonly Question[],
): Against | null {
  if (!sameQuestions(a.runs[0]!.run, b.runs[0]!.run)) return null;
  const seedOf = ({ run }: StoredRun) => run.config.seed;
  const shared = a.runs.map(seedOf).filter((seed) => b.runs.some((run) => seedOf(run) === seed));
  const of = (arm: Arm) =>
    arm.runs
      .filter((run) => shared.length === 0 || shared.includes(seedOf(run)))
      .map((run) => scoresOf(run, measure, cycle, questions));
  const [x, y] = [of(a), of(b)];
  const difference = pairedDifference(x, y, { paired: shared.length > 0, seed: 0, draws: DRAWS });
  return (
    difference && { difference, seeds: shared.length, counts: measure === "answers" ? agreement(x, y) : null }
  );
}

const points = (v: number): string => String(Math.round(Math.abs(v) * 100));
const signed = (v: number): string => `${Math.round(v * 100) < 0 ? "−" : ""}${points(v)}`;

/** A difference as a reader meets it: "+6 (1 to 11)". */
export const deltaInWords = ({ difference, low, high }: Difference): string =>
  `${difference >= 0 ? "+" : "−"}${points(difference)} (${signed(low)} to ${signed(high)})`;

/** "B is 6 points above A (1 to 11), 124 questions, 3 seeds." and whether that may be chance. */
export function againstInWords(a: Arm, b: Arm, { difference: found, seeds }: Against): string {
  const { difference, low, high, questions } = found;
  const where = difference >= 0 ? "above" : "below";
  const [from, to] = difference >= 0 ? [low, high] : [-high, -low];
  const size = Math.round(Math.abs(difference) * 100);
  const is =
    size === 0
      ? `${b.letter} and ${a.letter} are level`
      : `${b.letter} is ${size} ${size === 1 ? "point" : "points"} ${where} ${a.letter}`;
  const of =
    seeds === 0
      ? `no seed in both: ${a.runs.length} against ${b.runs.length}`
      : seeds === 1
        ? "1 seed"
        : `${seeds} seeds`;
  const chance = low > 0 || high < 0 ? "That is more than chance" : "That may be chance";
  const other = seeds === 1 ? "; another seed may say otherwise" : "";
  return `${is} (${signed(from)} to ${signed(to)}), ${questions} questions, ${of}. ${chance}${other}.`;
}

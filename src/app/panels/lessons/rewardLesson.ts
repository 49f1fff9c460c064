/** "Is it the reward or the data?": two runs that cannot tell, and an experiment that can. */
import { fixed, integer } from "../../format.ts";
import type { RecordedRun } from "../../recorded.ts";
import found from "../how/experiment.json" with { type: "json" };
import { differing, isBrief, isSft, type Lesson, lastExplained, type Step, wholePlot } from "./lesson.ts";

/** What the experiment found of an arm, as it says it: shares of the gap won back, `credit` minus the arm. */
export interface ExperimentRow {
  arm: string;
  archives: number;
  endpoints: Record<"closed_test" | "closed_response", { against: Against | null }>;
  after: { closed_test: number | null; closed_response: number | null };
}
interface Against {
  difference?: number | null;
  low?: number;
  high?: number;
  holm?: number | null;
}

export const rewardLesson = (rows: readonly ExperimentRow[]): Lesson => ({
  name: "reward",
  title: "Is it the reward or the data?",
  says: "A better number has more than one possible reason: change one thing at a time.",
  steps(runs) {
    const confounded = confoundedStep(runs);
    return confounded === null ? [] : [confounded, ...controlled(rows), ...anyReward(rows)];
  },
});

/** Two runs of one edition, of which one copied brief answers, and the other was rewarded for explanations as well. */
function confoundedStep(runs: readonly RecordedRun[]): Step | null {
  for (const copied of runs.filter((r) => isSft(r) && isBrief(r) && lastExplained(r))) {
    const earned = runs.find(
      (r) =>
        !isSft(r) &&
        !isBrief(r) &&
        lastExplained(r) &&
        differing(r, copied)?.every((key) => key !== "data" && key !== "model" && key !== "seed"),
    );
    if (!earned) continue;
    const [c, e] = [lastExplained(copied)!, lastExplained(earned)!];
    if (e.earned <= c.earned) continue;
    return {
      id: "confounded",
      says: `One run copied brief answers, the other was rewarded for answers and explanations; book closed, their explanations earn ${fixed(c.earned)} and ${fixed(e.earned)} of 1.`,
      asks: "What made the second one better?",
      options: [
        "the reward",
        "the explanations it learned from",
        "these two runs cannot tell: more than one thing differs",
      ],
      truth: 2,
      reveals: "Reward and data changed together, so neither can be given the credit.",
      plots: [wholePlot(copied, "explanations", c.cycle), wholePlot(earned, "explanations", e.cycle)],
    };
  }
  return null;
}

const LEAST_ARCHIVES = 3; // with fewer, the experiment says nothing either
const measured = (rows: readonly ExperimentRow[], arm: string): ExperimentRow | undefined =>
  rows.find((row) => row.arm === arm && row.archives >= LEAST_ARCHIVES);

/** Which is above the other, `credit` (+1) or the arm (−1), as the experiment's own test has it; 0: it cannot be told. */
function verdict({ endpoints }: ExperimentRow, of: "closed_test" | "closed_response"): -1 | 0 | 1 {
  const { difference, holm } = endpoints[of].against ?? {};
  if (difference == null || holm == null || holm >= 0.05) return 0;
  return difference > 0 ? 1 : -1;
}

/** By how many points of the gap `credit` is above an arm, with the interval. */
function margin({ endpoints }: ExperimentRow, of: "closed_test" | "closed_response"): string {
  const { difference, low, high } = endpoints[of].against ?? {};
  const points = (x: number | null | undefined) => integer(x == null ? null : Math.round(100 * x));
  return `${points(difference)} points of the gap (${points(low)} to ${points(high)})`;
}

const shares = (credit: ExperimentRow, other: ExperimentRow, of: "closed_test" | "closed_response") =>
  [credit, other].map(({ after }) => integer(after[of] === null ? null : Math.round(100 * after[of])));

/** The arm with gold texts that has the data, the forms and the token weights of `credit`. */
function controlled(rows: readonly ExperimentRow[]): Step[] {
  const [credit, copied] = [measured(rows, "credit"), measured(rows, "sft-both-credit")];
  if (!credit || !copied) return [];
  const [rewarded, gold] = shares(credit, copied, "closed_response");
  const [both, either] = [verdict(copied, "closed_test"), verdict(copied, "closed_response")];
  return [
    {
      id: "controlled",
      says: "Now one thing differs: both ways learn answers and explanations of the same questions, one its own rewarded texts, the other texts to copy. Over several archives they are compared.",
      asks: "Which explains better with the book closed?",
      options: ["the rewarded one", "neither by so much that it can be told", "the copying one"],
      truth: 1 - either,
      reveals:
        `Explanations earned ${rewarded} of 100 rewarded and ${gold} copied, over ${integer(copied.archives)} archives: rewarded minus copied is ${margin(copied, "closed_response")}${either === 0 ? ", which may be chance" : ""}. ${both === 0 && either === 0 ? "Of answers it cannot be told either: the reward is not shown to beat copying." : ""}`.trim(),
      plots: [],
    },
  ];
}

/** The control in which every chosen text counts as much, right or wrong; the choice among candidates is by reward. */
function anyReward(rows: readonly ExperimentRow[]): Step[] {
  const [credit, ones] = [measured(rows, "credit"), measured(rows, "credit-ones")];
  if (!credit || !ones) return [];
  const which = verdict(ones, "closed_response");
  return [
    {
      id: "alike",
      says: "One more control: of several texts per question the best is still chosen by its reward, but in learning each counts 1, right or wrong.",
      asks: "What becomes of its explanations, book closed?",
      options: ["they earn clearly less", "no difference that can be told", "they earn clearly more"],
      truth: 1 - which,
      reveals: `The difference (by reward minus all alike) is ${margin(ones, "closed_response")}, over ${integer(ones.archives)} archives${which === 0 ? `: that may be chance. With the book open ${integer(Math.round(100 * found.before.open_test))} of 100 answers were right from the start; a mark had little to sort out` : ""}.`,
      plots: [],
    },
  ];
}

/** The lesson on the experiment as far as it was run. */
export const ownRewardLesson = rewardLesson(found.rows);

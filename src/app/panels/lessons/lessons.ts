/**
 * Lessons: steps of one sentence, one prediction and what really came out. Truths are read off recorded runs, but for what
 * nobody has shown yet, which is said as such; a step whose recording is not among the site's is left out.
 */
import type { CycleRow } from "../../../core/run.ts";
import { gapPoints, gapRecovered, type Measure } from "../../charts/gap.ts";
import { fixed, integer, percent } from "../../format.ts";
import { methodName } from "../../presets.ts";
import type { RecordedRun } from "../../recorded.ts";
import experiment from "../how/experiment.json" with { type: "json" };

export interface Plot {
  run: RecordedRun;
  measure: Measure;
  title: string;
  hides?: "closed"; // a line that the step does not speak of yet
  from: number; // cycles shown before the answer
  to: number; // and after it
}

export interface Step {
  says: string;
  asks: string;
  options: readonly string[];
  truth: number; // an index of `options`
  reveals: string;
  plots: Plot[];
}

export interface Lesson {
  name: string; // in the link
  title: string;
  says: string;
  steps(runs: readonly RecordedRun[]): Step[];
}

export const rowsOf = (run: RecordedRun): CycleRow[] =>
  run.rows.filter((row): row is CycleRow => row.type === "cycle").sort((a, b) => a.cycle - b.cycle);

const ends = (run: RecordedRun): { first: CycleRow; last: CycleRow } | null => {
  const rows = rowsOf(run);
  return rows.length > 1 && rows[0]!.cycle === 0 ? { first: rows[0]!, last: rows.at(-1)! } : null;
};

/** The last row that has a measure. */
const lastOf = (run: RecordedRun, key: "closed_response" | "open_response"): CycleRow | undefined =>
  rowsOf(run).findLast((row) => row[key] !== null);

/** Options that are numbers: the one nearest to what was measured is the truth. */
function nearest(choices: readonly (readonly [number, string])[], value: number) {
  const distance = choices.map(([number]) => Math.abs(number - value));
  return { options: choices.map(([, words]) => words), truth: distance.indexOf(Math.min(...distance)) };
}

const OF_100 = [
  [0.2, "about 20"],
  [0.5, "about 50"],
  [0.9, "about 90"],
] as const;
const EARNED = [
  [0.1, "next to nothing (0.1)"],
  [0.4, "something (0.4)"],
  [0.7, "most of it (0.7)"],
] as const;

const wholePlot = (run: RecordedRun, measure: Measure, from = 0): Plot => ({
  run,
  measure,
  title: methodName(run.config),
  from,
  to: ends(run)?.last.cycle ?? 0,
});

const gap: Lesson = {
  name: "gap",
  title: "What the gap is",
  says: "Reading and knowing are two things, and the second can be learned from the first.",
  steps(runs) {
    const run = runs.find((r) => {
      const at = ends(r);
      return at !== null && at.first.open_test !== null && at.first.closed_test !== null;
    });
    const at = run && ends(run);
    if (!run || !at) return [];
    const { first, last } = at;
    const open = first.open_test!;
    const closed = first.closed_test!;
    const recovered = gapRecovered(gapPoints(rowsOf(run), "answers"));
    const plot = wholePlot(run, "answers");
    const steps: Step[] = [
      {
        says: "The book is open: the model gets the right passages, a question, and a few answers to choose from.",
        asks: "Of 100 questions, how many will it get right?",
        ...nearest(OF_100, open),
        reveals: `${percent(open)} were right. With the book open it can read.`,
        plots: [{ ...plot, from: -1, to: 0, hides: "closed" }],
      },
      {
        says: "The book is closed: the same questions, without any passage.",
        asks: "Of 100 questions, how many will it get right now?",
        ...nearest(OF_100, closed),
        reveals: `${percent(closed)} were right${run.baselines ? `; a blind guess gets ${percent(run.baselines.chance)}` : ""}. The distance between the two points is the gap.`,
        plots: [{ ...plot, to: 0 }],
      },
    ];
    if (recovered !== null && last.closed_test !== null)
      steps.push({
        says: `Now it trains for ${integer(last.cycle)} cycles: what it answered well with the book open it learns to say with the book closed.`,
        asks: "Tested in other words, how much of the gap will the closed book have won back?",
        ...nearest(
          [
            [0, "nothing"],
            [0.5, "about half"],
            [1, "all of it"],
          ],
          recovered,
        ),
        reveals: `${percent(recovered)} of the gap: ${percent(last.closed_test)} are right without looking, from ${percent(closed)} before.`,
        plots: [plot],
      });
    return steps;
  },
};

const isBrief = ({ config }: RecordedRun): boolean => config.answers === "options";
/** Whether two runs are about the same documents, in the same edition, which a recording's note says. */
const areAlike = (a: RecordedRun, b: RecordedRun): boolean =>
  a.config.data === b.config.data && a.note === b.note;
const isSft = ({ config }: RecordedRun): boolean => config.objective === "sft";

const reasoning: Lesson = {
  name: "reasoning",
  title: "Why answers alone teach no reasoning",
  says: "A model learns what it is taught to say, and not what would have led there.",
  steps(runs) {
    const briefs = runs.filter((r) => isBrief(r) && lastOf(r, "closed_response"));
    const explainedAs = (brief: RecordedRun) =>
      runs.find((r) => areAlike(r, brief) && !isBrief(r) && lastOf(r, "closed_response"));
    const brief = briefs.find(explainedAs) ?? briefs[0];
    const explained = brief && explainedAs(brief);
    const at = brief && ends(brief);
    const late = brief && lastOf(brief, "closed_response");
    if (!brief || !at || !late || at.last.closed_test === null) return [];
    const steps: Step[] = [
      {
        says: "This run learned brief answers: a word or two, nothing else.",
        asks: "Book closed, how many of 100 questions will it answer rightly afterwards?",
        ...nearest(
          [
            [0.2, "about 20, as before"],
            [0.45, "about 45"],
            [0.75, "about 75"],
          ],
          at.last.closed_test,
        ),
        reveals: `${percent(at.last.closed_test)}, from ${percent(at.first.closed_test)}. The answers went in.`,
        plots: [wholePlot(brief, "answers")],
      },
      {
        says: "The same trained model is asked to explain its answers, book closed; an explanation earns 0 to 1.",
        asks: "What will its explanations earn?",
        ...nearest(EARNED, late.closed_response!),
        reveals: `${fixed(late.closed_response)} of 1. It knows the answers and cannot tell why.`,
        plots: [wholePlot(brief, "explanations")],
      },
    ];
    if (explained) {
      const own = lastOf(explained, "closed_response")!;
      steps.push({
        says: "Another run learned from the same questions to say its explanations too.",
        asks: "What will its explanations earn, book closed?",
        ...nearest(EARNED, own.closed_response!),
        reveals: `${fixed(own.closed_response)} of 1, against ${fixed(late.closed_response)}. Teach the reasons, or they are not learned.`,
        plots: [wholePlot(brief, "explanations", late.cycle), wholePlot(explained, "explanations")],
      });
    }
    return steps;
  },
};

const reward: Lesson = {
  name: "reward",
  title: "Is it the reward or the data?",
  says: "A better number has more than one possible reason: change one thing at a time.",
  steps(runs) {
    const copied = runs.find(
      (r) => isSft(r) && isBrief(r) && lastOf(r, "closed_response") && rewardedAs(r, runs),
    );
    const earned = copied && rewardedAs(copied, runs);
    if (!copied || !earned) return [];
    const [c, e] = [lastOf(copied, "closed_response")!, lastOf(earned, "closed_response")!];
    const confounded: Step = {
      says: `One run copied brief answers, the other was rewarded for answers and explanations; book closed, their explanations earn ${fixed(c.closed_response)} and ${fixed(e.closed_response)} of 1.`,
      asks: "What made the second one better?",
      options: [
        "the reward",
        "the explanations it learned from",
        "these two runs cannot tell: two things differ",
      ],
      truth: 2,
      reveals: "Reward and data changed together, so neither can be given the credit.",
      plots: [wholePlot(copied, "explanations", c.cycle), wholePlot(earned, "explanations", e.cycle)],
    };
    const shown: Step = {
      says: "To ask whether a reward helps, both runs must learn from the same questions in the same form, over several archives and seeds.",
      asks: "What has been shown here so far, at equal data and form?",
      options: ["the reward wins", "it has not been shown to beat copying", "copying wins"],
      truth: 1,
      reveals:
        "It has not been shown to beat copying. What the reward saves is the gold explanations: it earns its own.",
      plots: [],
    };
    return [confounded, ...controlled(), shown];
  },
};

/** The step at equal data, form and token weights, where the experiment has both ways on enough archives. */
function controlled(): Step[] {
  const [earned, copied] = CONTROLS.map((arm) =>
    experiment.rows.find((row) => row.arm === arm && row.archives >= LEAST_ARCHIVES),
  );
  const [e, c] = [earned?.after.closed_response ?? null, copied?.after.closed_response ?? null];
  if (e === null || c === null) return [];
  return [
    {
      says: "Now one thing differs: both ways learn answers and explanations of the same questions, one its own rewarded texts, the other texts to copy.",
      asks: "Which explains better with the book closed?",
      options: [
        "the rewarded one, by more than 10 points",
        "neither by so much that it can be told",
        "the copying one, by more than 10 points",
      ],
      truth: e - c > CLEAR ? 0 : e - c < -CLEAR ? 2 : 1,
      reveals: `Rewarded ${integer(100 * e)}, copying ${integer(100 * c)} of 100, over ${integer(Math.min(earned!.archives, copied!.archives))} archives. The table is on How it works.`,
      plots: [],
    },
  ];
}

const CLEAR = 0.1; // a difference of shares that some hundred questions can show
const LEAST_ARCHIVES = 3; // with fewer, the experiment says nothing either

/** Of the experiment: the rewarded way, and the copying one that had the same data, form and token weights. */
const CONTROLS = ["credit", "sft-both-credit"] as const;

const rewardedAs = (copied: RecordedRun, runs: readonly RecordedRun[]): RecordedRun | undefined =>
  runs.find((r) => areAlike(r, copied) && !isBrief(r) && !isSft(r) && lastOf(r, "closed_response"));

export const LESSONS: readonly Lesson[] = [gap, reasoning, reward];

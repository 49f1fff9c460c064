/** "Why answers alone teach no reasoning": two runs that differ in what they learn to say, and in nothing else. */
import { fixed, percent } from "../../format.ts";
import type { RecordedRun } from "../../recorded.ts";
import {
  differing,
  ends,
  isBrief,
  type Lesson,
  lastExplained,
  nearest,
  type Step,
  wholePlot,
} from "./lesson.ts";

const EARNED = [
  [0.1, "next to nothing (0.1)"],
  [0.4, "something (0.4)"],
  [0.7, "most of it (0.7)"],
] as const;

/** The run that learned explanations as well, and is the same otherwise. */
const explainedAs = (brief: RecordedRun, runs: readonly RecordedRun[]): RecordedRun | undefined =>
  runs.find((r) => lastExplained(r) && differing(r, brief)?.join() === "answers");

export const reasoningLesson: Lesson = {
  name: "reasoning",
  title: "Why answers alone teach no reasoning",
  says: "A model learns what it is taught to say, and not what would have led there.",
  steps(runs) {
    const briefs = runs.filter((r) => isBrief(r) && ends(r)?.last.closed_test != null && lastExplained(r));
    const brief = briefs.find((r) => explainedAs(r, runs)) ?? briefs[0];
    if (!brief) return [];
    const { first, last } = ends(brief)!;
    const late = lastExplained(brief)!;
    const learned = last.closed_test! - (first.closed_test ?? 0) >= 0.15;
    const steps: Step[] = [
      {
        id: "answers",
        here: "brief",
        says: "A model learns brief answers: a word or two, nothing else.",
        asks: "Book closed, how many of 100 questions will it answer rightly afterwards?",
        ...nearest(
          [
            [0.2, "about 20"],
            [0.45, "about 45"],
            [0.75, "about 75"],
          ],
          last.closed_test!,
        ),
        reveals: `${percent(last.closed_test)}, from ${percent(first.closed_test)}${learned ? ". The answers went in" : ""}.`,
        plots: [wholePlot(brief, "answers")],
      },
      {
        id: "explanations",
        says: "The same trained model is asked to explain its answers, book closed; an explanation earns 0 to 1.",
        asks: "What will its explanations earn?",
        ...nearest(EARNED, late.earned),
        reveals: `${fixed(late.earned)} of 1${learned && late.earned < 0.25 ? ". It knows answers and cannot tell why" : ""}.`,
        plots: [wholePlot(brief, "explanations")],
      },
    ];
    const explained = explainedAs(brief, runs);
    if (explained) {
      const own = lastExplained(explained)!;
      steps.push({
        id: "taught",
        here: "both",
        says: "Another run learned to say the reason too. The rest is the same: questions, wordings, updates, learning rate.",
        asks: "What will its explanations earn, book closed?",
        ...nearest(EARNED, own.earned),
        reveals: `${fixed(own.earned)} of 1, against ${fixed(late.earned)}. ${own.earned - late.earned > 0.15 ? "What was taught to be said is what it can say." : "Here it made little difference."}`,
        plots: [wholePlot(brief, "explanations", late.cycle), wholePlot(explained, "explanations")],
      });
    }
    return steps;
  },
};

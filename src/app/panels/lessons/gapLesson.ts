/** "What the gap is": the open book, the closed book, and what training wins back. */
import { gapPoints, gapRecovered } from "../../charts/gap.ts";
import { integer, percent } from "../../format.ts";
import { ends, isSft, type Lesson, nearest, rowsOf, type Step, wholePlot } from "./lesson.ts";

const OF_100 = [
  [0.2, "about 20"],
  [0.5, "about 50"],
  [0.9, "about 90"],
] as const;

export const gapLesson: Lesson = {
  name: "gap",
  title: "What the gap is",
  says: "Reading and knowing are two things, and the second can be learned from the first.",
  steps(runs) {
    const run = runs.find((r) => {
      const at = ends(r);
      return !isSft(r) && at !== null && at.first.open_test !== null && at.first.closed_test !== null;
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
        id: "open",
        says: "The book is open: the model gets the passages that a search found, a question, and a few answers to choose from.",
        asks: "Of 100 questions, how many will it get right?",
        ...nearest(OF_100, open),
        reveals: `${percent(open)} were right${open >= 0.7 ? ". With the book open it can read" : ""}.`,
        plots: [{ ...plot, from: -1, to: 0, hides: "closed" }],
      },
      {
        id: "closed",
        says: "The book is closed: the same questions, without any passage.",
        asks: "Of 100 questions, how many will it get right now?",
        ...nearest(OF_100, closed),
        reveals: `${percent(closed)} were right${run.baselines ? `; a blind guess gets ${percent(run.baselines.chance)}` : ""}. The distance between the two points is the gap.`,
        plots: [{ ...plot, to: 0 }],
      },
    ];
    if (recovered !== null && last.closed_test !== null)
      steps.push({
        id: "trained",
        here: "gap",
        says: "Now it trains: what it answered well with the book open it learns to say with the book closed.",
        asks: "Tested in other words, how much of the gap will the closed book have won back?",
        ...nearest(
          [
            [0, "nothing"],
            [0.5, "about half"],
            [1, "all of it"],
          ],
          recovered,
        ),
        reveals: `After ${integer(last.cycle)} cycles ${percent(recovered)} of the gap: ${percent(last.closed_test)} are right without looking, from ${percent(closed)} before.`,
        plots: [plot],
      });
    return steps;
  },
};

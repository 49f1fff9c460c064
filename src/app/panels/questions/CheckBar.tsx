/** What the model has judged, and the button that has it judge the rest. */
import type { ReactNode } from "react";
import { modelName } from "../../../core/models.ts";
import type { Review } from "../../../documents/review.ts";
import type { Overview } from "../../../documents/standing.ts";
import { duration, integer } from "../../format.ts";
import { useUnsaved } from "../../idle.ts";
import { useLab } from "../../lab.ts";
import { useDraftStore } from "../../stores/draftStore.ts";
import { useRunStore } from "../../stores/runStore.ts";
import { check, stopCheck, useReviewStore } from "./reviewStore.ts";

const READINGS = 6; // of a wording at most: its own passage, closed book, three shuffles, other passages

export function CheckBar({ overview, review }: { overview: Overview; review: Review }): ReactNode {
  const lab = useLab();
  const { judging, stale } = useReviewStore();
  const engine = useRunStore((s) => s.engine);
  const model = useDraftStore((s) => s.model);
  const { standings, judged, judgeable, swap } = overview;
  useUnsaved(judging !== null);
  if (judging !== null)
    return (
      <div className="check-bar" role="status">
        <progress max={judging.of} value={judging.done} aria-label="Questions judged" />
        <p>
          {modelName(model)} has judged {integer(judging.done)} of {integer(judging.of)}
          {judging.secondsLeft !== null && `, ${duration(judging.secondsLeft)} left`}
        </p>
        <button type="button" onClick={stopCheck}>
          Stop, keep what is judged
        </button>
      </div>
    );
  const other = review.judge !== null && review.judge.model !== model; // its scores would not be alike
  const left = other ? judgeable : judgeable - judged;
  const judgedWordings = standings.filter(({ fact }) => fact.distractors.length >= 2);
  const readings = READINGS * judgedWordings.reduce((n, { fact }) => n + fact.phrasings.length, 0);
  const before =
    lab.train === null
      ? "Checking needs WebGPU; you can look through them without."
      : `The model reads each one with the book, without it and with the wrong one: ${integer(readings)} readings at most. You can begin meanwhile.`;
  return (
    <div className="check-bar">
      {left > 0 && (
        <button
          type="button"
          className={judged === 0 ? "go" : undefined}
          disabled={engine === null || stale} // its passages would be others
          onClick={() => void check(lab)}
        >
          {judged > 0 && !other ? `Check the other ${integer(left)}` : `Check them with ${modelName(model)}`}
        </button>
      )}
      <p>
        {judged === 0
          ? `${integer(standings.length)} facts, unchecked. ${before}`
          : `${integer(judged)} judged by ${modelName(review.judge!.model)}.`}
        {judged > 0 &&
          swap.tried > 0 &&
          ` With a wrong answer held to be right, ${integer(swap.passed)} of ${integer(swap.tried)} would have passed.`}
      </p>
    </div>
  );
}

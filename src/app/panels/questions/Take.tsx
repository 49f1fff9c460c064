/** What of the review becomes the corpus' questions, and the step to the Lab. */
import { type ReactNode, useState } from "react";
import type { Review } from "../../../documents/review.ts";
import { isIn, type Sets, type Standing, type Unseen } from "../../../documents/standing.ts";
import type { Corpus } from "../../corpora.ts";
import { integer, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { go } from "../../route.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { keepQuestions } from "./keepQuestions.ts";

export const KEPT_ONLY: Unseen = [];
export const PASSED_TOO: Unseen = ["passed"];
const ALL: Unseen = ["passed", "unchecked"];

const CHOICES: readonly [Unseen, string][] = [
  [KEPT_ONLY, "only what I kept"],
  [PASSED_TOO, "and what passed the checks, seen or not"],
  [ALL, "and what is unchecked"],
];

export interface TakeProps {
  review: Review;
  standings: readonly Standing[];
  corpus: Corpus;
  sets: Sets;
  unseen: Unseen;
  onUnseen(unseen: Unseen): void;
}

export function Take({ review, standings, corpus, sets, unseen, onUnseen }: TakeProps): ReactNode {
  const lab = useLab();
  const busy = useRunStore((s) => isActive(labStatus(s)));
  const [fault, setFault] = useState<string | null>(null);
  const count = (which: Unseen) => standings.filter((one) => isIn(one, which)).length;
  const take = async () => {
    setFault(null);
    try {
      const kept = await keepQuestions(lab, corpus, sets, review);
      if (kept) go("lab");
      else if (kept === false)
        setFault(useCorpusStore.getState().error?.message ?? "They could not be stored.");
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <fieldset className="take">
      <legend className="eyebrow">What to take</legend>
      {CHOICES.map(([which, words]) => (
        <label key={words}>
          <input type="radio" name="take" checked={which === unseen} onChange={() => onUnseen(which)} />
          {words} ({integer(count(which))})
        </label>
      ))}
      <div className="run">
        <button
          type="button"
          className="go"
          disabled={busy || sets.train.length === 0}
          onClick={() => void take()}
        >
          Keep {integer(count(unseen))} {plural(count(unseen), "fact")} and go to the Lab
        </button>
      </div>
      {busy && <p className="hint">A run is under way: its questions stay as they are until it has ended.</p>}
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {review.before !== null && (
        <p className="hint">The questions this corpus had before stay in front of them.</p>
      )}
    </fieldset>
  );
}

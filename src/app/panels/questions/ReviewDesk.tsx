/** The review at work: groups, the card, coverage, the set, and what is taken of it. */
import { type ReactNode, useMemo, useRef, useState } from "react";
import {
  addQuestions,
  askFirst,
  type Draft,
  decide,
  editFact,
  type Review,
  swapOption,
  tickWording,
  undo,
} from "../../../documents/review.ts";
import { coverage, type Overview, type Standing, setsOf, type Unseen } from "../../../documents/standing.ts";
import type { Corpus } from "../../corpora.ts";
import { useLab } from "../../lab.ts";
import { BringQuestions } from "./BringQuestions.tsx";
import { Card, type CardActions } from "./Card.tsx";
import { CheckBar } from "./CheckBar.tsx";
import { Coverage } from "./Coverage.tsx";
import { type Group, Groups, inGroup } from "./Groups.tsx";
import { QuestionEditor } from "./QuestionEditor.tsx";
import { act } from "./reviewStore.ts";
import { SetCheck } from "./SetCheck.tsx";
import { KEPT_ONLY, PASSED_TOO, Take } from "./Take.tsx";
import { TakeOut } from "./TakeOut.tsx";
import { useReviewKeys } from "./useReviewKeys.ts";

export function ReviewDesk({
  review,
  overview,
  corpus,
}: {
  review: Review;
  overview: Overview;
  corpus: Corpus;
}): ReactNode {
  const lab = useLab();
  const { standings, judged } = overview;
  const [group, setGroup] = useState<Group>("todo");
  const [taken, setTaken] = useState<Unseen | null>(null);
  const [passage, setPassage] = useState<number | null>(null);
  const [writing, setWriting] = useState<"edit" | "new" | null>(null);
  const swaps = useRef(0);

  const unseen = taken ?? (judged > 0 ? PASSED_TOO : KEPT_ONLY);
  const sets = useMemo(() => setsOf(review, { standings }, unseen), [review, standings, unseen]);
  const counts = useMemo(
    () => coverage(review.passages.length, standings, unseen),
    [review.passages, standings, unseen],
  );
  const listed = standings.filter((one) => inGroup(one, group));
  const standing = standings.find(({ fact }) => fact.id === review.at) ?? listed[0] ?? null;

  const goTo = (id: string) => act(lab, (now) => ({ ...now, at: id }));
  const move = (by: number) => {
    const at = listed.findIndex(({ fact }) => fact.id === standing?.fact.id);
    const next = listed[at < 0 ? 0 : at + by];
    if (next) goTo(next.fact.id);
  };
  const onFact = (change: (now: Review, id: string, shown: number) => Review) => {
    if (standing !== null) act(lab, (now) => change(now, standing.fact.id, standing.shown));
  };
  const actions: CardActions = {
    decide(ids, said) {
      // On to the next of the group that stays, in the order of the documents.
      const at = standings.findIndex(({ fact }) => fact.id === standing?.fact.id);
      const waits = (one: Standing) => inGroup(one, group) && !ids.includes(one.fact.id);
      const next = standings.slice(at + 1).find(waits) ?? standings.find(waits);
      act(lab, (now) => ({ ...decide(now, ids, said), at: next?.fact.id ?? now.at }));
    },
    edit: () => setWriting("edit"),
    nextWording: () =>
      onFact((now, id, shown) => askFirst(now, id, (shown + 1) % standing!.fact.phrasings.length)),
    chooseWording: (wording) => onFact((now, id) => askFirst(now, id, wording)),
    tickWording: (wording, used) => onFact((now, id) => tickWording(now, id, wording, used)),
    swap: (option) => onFact((now, id) => swapOption(now, id, option)),
    undo: () => act(lab, undo),
  };
  useReviewKeys((key) => {
    if (key === "undo") return actions.undo();
    if (standing === null) return;
    const { fact } = standing;
    if (key === "keep" || key === "drop") actions.decide([fact.id], key);
    else if (key === "edit") actions.edit();
    else if (key === "wording" && fact.phrasings.length > 1) actions.nextWording();
    else if (key === "swap" && fact.distractors.length > 0)
      actions.swap(swaps.current++ % fact.distractors.length); // one after the other
    else if (key === "next") move(1);
    else if (key === "previous") move(-1);
  });

  const about = passage === null ? null : (review.passages[passage]?.text ?? null);
  return (
    <>
      <CheckBar overview={overview} review={review} />
      <div className="columns review">
        <section aria-label="Groups">
          <Groups standings={standings} group={group} onGroup={setGroup} at={standing} onGo={goTo} />
          <p className="hint">
            <kbd>→</kbd> keeps, <kbd>←</kbd> drops, <kbd>↑</kbd> <kbd>↓</kbd> move without deciding.
            Everything is stored as you go.
          </p>
        </section>
        <div>
          {standing === null ? (
            <p className="hint">
              {standings.length === 0
                ? "The rules found no sentence to ask about. Write questions of your own below, or bring some from a file."
                : "Nothing is left here: every question of this group is decided."}
            </p>
          ) : (
            <Card
              standing={standing}
              standings={standings}
              title={review.passages[standing.fact.passage]?.title ?? null}
              canUndo={review.past.length > 0}
              act={actions}
            />
          )}
        </div>
      </div>
      <Take
        review={review}
        standings={standings}
        corpus={corpus}
        sets={sets}
        unseen={unseen}
        onUnseen={setTaken}
      />
      <Coverage
        passages={review.passages}
        counts={counts}
        chosen={passage}
        onChoose={setPassage}
        onWrite={() => setWriting("new")}
      />
      <div className="more">
        <button type="button" onClick={() => setWriting("new")}>
          Write a question
        </button>
        <BringQuestions onTake={(questions) => act(lab, (now) => addQuestions(now, questions))} />
      </div>
      <SetCheck corpus={corpus.id} sets={sets} standings={standings} unseen={unseen} />
      <TakeOut sets={sets} name={corpus.name} />
      {writing !== null && (
        <QuestionEditor
          title={writing === "edit" ? "Edit this question" : "Write a question"}
          draft={writing === "edit" && standing !== null ? draftOf(standing) : EMPTY}
          passage={writing === "edit" ? (standing?.fact.sentence ?? null) : about}
          onKeep={(draft) =>
            writing === "edit"
              ? onFact((now, id, shown) => editFact(now, id, shown, draft))
              : act(lab, (now) => addQuestions(now, [questionOf(draft, about)]))
          }
          onClose={() => setWriting(null)}
        />
      )}
    </>
  );
}

const EMPTY: Draft = { question: "", answer: "", wrong: [] };

const draftOf = ({ fact, shown }: Standing): Draft => ({
  question: fact.phrasings[shown]?.text ?? "",
  answer: fact.answer,
  wrong: fact.distractors.map(({ text }) => text),
});

function questionOf({ question, answer, wrong }: Draft, evidence: string | null) {
  const texts = [answer, ...wrong].map((text) => text.trim()).filter((text) => text !== "");
  const lettered = texts.map((text, i) => [String.fromCharCode(65 + i), text]);
  const options: Record<string, string> = texts.length > 1 ? Object.fromEntries(lettered) : {};
  return { question: question.trim(), answer: answer.trim(), options, evidence, phrasings: [] };
}

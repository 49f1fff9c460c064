/** Questions made from the documents: checked by the model, looked through by a person, kept for a run. */
import { type ReactNode, useEffect, useMemo } from "react";
import { overviewOf } from "../../../documents/standing.ts";
import { useLab } from "../../lab.ts";
import { hrefOf } from "../../route.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { ReviewDesk } from "./ReviewDesk.tsx";
import { leaveReview, makeAnew, openReview, useReviewStore } from "./reviewStore.ts";

export function QuestionsPage(): ReactNode {
  const lab = useLab();
  const { current, index, error } = useCorpusStore();
  const { review, making, stale, fault, corpus } = useReviewStore();
  const id = index === null ? null : (current?.id ?? null); // passages are there once it is indexed
  useEffect(() => {
    if (id !== null) void openReview(lab, id);
  }, [lab, id]);
  useEffect(() => leaveReview, []);
  const overview = useMemo(() => (review === null ? null : overviewOf(review)), [review]);
  const trouble = fault ?? error?.message;
  return (
    <main className="page questions-page">
      <header>
        <nav className="way" aria-label="From documents to a run">
          <a href={hrefOf("knowledge")}>1 Documents</a>
          <span aria-current="step">2 Questions</span>
          <a href={hrefOf("lab")}>3 Run</a>
        </nav>
        <h1>Questions from {current?.name ?? "your documents"}</h1>
        <p>
          Each answer is a stretch of a document, so no model invents anything. Rules ask for it; the model
          only says which questions the book decides; you have the last word.
        </p>
      </header>
      {trouble && (
        <p className="fault" role="alert">
          {trouble}
        </p>
      )}
      {stale && (
        <p className="notice">
          The documents have changed since these were made.{" "}
          <button type="button" className="link" onClick={() => void makeAnew(lab)}>
            Make them anew
          </button>
          ; what you decided holds where its sentence still stands.
        </p>
      )}
      {review === null || overview === null || current === null || corpus !== current.id ? (
        <p className="hint" role="status">
          {making ? "Reading the sentences…" : id === null ? "Waiting for the index…" : ""}
        </p>
      ) : (
        <ReviewDesk key={corpus} review={review} overview={overview} corpus={current} />
      )}
    </main>
  );
}

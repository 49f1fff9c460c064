/** What lies under the result, drawn when it is asked for: the grid of held-out questions, the documents by what is known. */
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { CycleAnswers, CycleRow, Question } from "../../../core/run.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { lookAt, useViewStore } from "../../stores/viewStore.ts";
import type { NormsViewProps } from "./NormsView.tsx";

const FlipGrid = lazy(async () => ({ default: (await import("../../charts/FlipGrid.tsx")).FlipGrid }));
const NormsView = lazy(async () => ({ default: (await import("./NormsView.tsx")).NormsView }));
const RewardParts = lazy(async () => ({ default: (await import("./RewardParts.tsx")).RewardParts }));
const DocumentHeat = lazy(async () => ({ default: (await import("./DocumentHeat.tsx")).DocumentHeat }));

export interface FlipsProps {
  answers: readonly CycleAnswers[];
  questions: readonly Question[];
  title: string;
}

export function Flips({ answers, questions, title }: FlipsProps): ReactNode {
  const [open, setOpen] = useState(false);
  const looked = useViewStore((s) => (s.set === "test" ? s.index : -1));
  return (
    <details className="twin" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Every question, cycle by cycle</summary>
      {open && (
        <Suspense>
          <FlipGrid
            answers={answers}
            questions={questions}
            looked={looked}
            title={title}
            onPick={(question) => lookAt("test", question)}
          />
        </Suspense>
      )}
    </details>
  );
}

/** The documents on the table: whoever shows this has seen to it that the questions are about them. */
export function Heats({ answers, questions }: Omit<FlipsProps, "title">): ReactNode {
  const [open, setOpen] = useState(false);
  const documents = useCorpusStore((s) => s.current?.documents);
  return (
    <details className="twin" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The documents, sentence by sentence</summary>
      {open && documents && (
        <Suspense>
          <DocumentHeat documents={documents} answers={answers} questions={questions} />
        </Suspense>
      )}
    </details>
  );
}

/** Of the tests that say what their rewards are made of. */
export function Rewards({ rows, title }: { rows: readonly CycleRow[]; title: string }): ReactNode {
  const [open, setOpen] = useState(false);
  const told = rows.some(
    (row) => (row.closed_response_rationality ?? row.reward_explain_rationality) != null,
  );
  if (!told) return null;
  return (
    <details className="twin" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>How the reward is made up</summary>
      {open && (
        <Suspense>
          <RewardParts rows={rows} title={title} />
        </Suspense>
      )}
    </details>
  );
}

/** Of a run that is stored here. */
export function Grown(props: NormsViewProps): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <details className="twin" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>How much the adapter changes, layer by layer</summary>
      {open && (
        <Suspense>
          <NormsView {...props} />
        </Suspense>
      )}
    </details>
  );
}

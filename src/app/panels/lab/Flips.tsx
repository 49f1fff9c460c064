/** The grid of held-out questions, drawn when it is asked for. */
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { CycleAnswers, Question } from "../../../core/run.ts";
import { lookAt, useViewStore } from "../../stores/viewStore.ts";

const FlipGrid = lazy(async () => ({ default: (await import("../../charts/FlipGrid.tsx")).FlipGrid }));

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

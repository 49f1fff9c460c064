/** What the open book added to the answer, asked for when it is opened. */
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { RunConfig } from "../../../core/config.ts";
import type { QuestionSet } from "../../../core/run.ts";

const AddedView = lazy(async () => ({ default: (await import("./AddedView.tsx")).AddedView }));

export interface BookAddedProps {
  set: QuestionSet;
  index: number;
  config: RunConfig;
}

export function BookAdded(props: BookAddedProps): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <details className="closer" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What the open book added</summary>
      {open && (
        <Suspense>
          <AddedView {...props} />
        </Suspense>
      )}
    </details>
  );
}

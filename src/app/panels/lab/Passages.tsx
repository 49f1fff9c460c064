/** Passages found for a question, best first, with the sentence that holds the answer marked. */
import type { ReactNode } from "react";
import type { RetrievedPassage } from "../../../core/run.ts";
import { PassageText } from "../../components/PassageText.tsx";
import { fixed } from "../../format.ts";

export function Passages({
  passages,
  evidence,
}: {
  passages: readonly RetrievedPassage[];
  evidence: string | null;
}): ReactNode {
  if (passages.length === 0) return null;
  return (
    <ol className="passages" aria-label="Passages found, best first">
      {passages.map((p) => (
        <li key={p.index}>
          <code title="retrieval score">{fixed(p.score, 3)}</code>
          <PassageText passage={p} evidence={evidence} />
        </li>
      ))}
    </ol>
  );
}

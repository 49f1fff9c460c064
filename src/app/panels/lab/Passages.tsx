/** Passages found for a question, best first, with the sentence that holds the answer marked. */
import type { ReactNode } from "react";
import type { RetrievedPassage } from "../../../core/run.ts";
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
          <p>
            <Highlighted text={p.text} part={evidence} />
          </p>
        </li>
      ))}
    </ol>
  );
}

/** `text` with the first occurrence of `part` marked. */
function Highlighted({ text, part }: { text: string; part: string | null }): ReactNode {
  const at = part ? text.indexOf(part) : -1;
  if (part === null || at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{part}</mark>
      {text.slice(at + part.length)}
    </>
  );
}

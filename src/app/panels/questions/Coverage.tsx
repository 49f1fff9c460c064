/** Which passages have questions: a cell each, grey where there are none. */
import type { ReactNode } from "react";
import type { ReadPassage } from "../../../core/facts.ts";
import { integer, plural } from "../../format.ts";

const MOST_CELLS = 600;

export interface CoverageProps {
  passages: readonly ReadPassage[];
  counts: readonly number[]; // questions per passage
  chosen: number | null;
  onChoose(passage: number | null): void;
  onWrite(passage: number): void;
}

export function Coverage({ passages, counts, chosen, onChoose, onWrite }: CoverageProps): ReactNode {
  const bare = counts.filter((n) => n === 0).length;
  const shown = chosen === null ? null : (passages[chosen] ?? null);
  return (
    <section className="coverage" aria-labelledby="coverage">
      <h2 id="coverage">Coverage</h2>
      <p className="hint">
        {integer(passages.length - bare)} of {integer(passages.length)}{" "}
        {plural(passages.length, "passage has", "passages have")} questions; a grey one has none yet. Choose
        one to read it.
      </p>
      <div className="cells">
        {passages.slice(0, MOST_CELLS).map(({ title }, i) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: a passage is its place
            key={i}
            type="button"
            className={counts[i] === 0 ? "bare" : undefined}
            aria-pressed={i === chosen}
            title={title ?? undefined}
            onClick={() => onChoose(i === chosen ? null : i)}
          >
            <span className="hidden">
              Passage {i + 1}
              {title ? `, ${title}` : ""}:{" "}
            </span>
            {counts[i]}
            <span className="hidden"> {plural(counts[i]!, "question")}</span>
          </button>
        ))}
      </div>
      {passages.length > MOST_CELLS && (
        <p className="hint">The first {integer(MOST_CELLS)} passages are shown.</p>
      )}
      {shown && chosen !== null && (
        <div className="passage">
          <p>
            <b>{shown.title}</b> <small>passage {chosen + 1}</small>
          </p>
          <p>{shown.text}</p>
          <button type="button" className="link" onClick={() => onWrite(chosen)}>
            Write a question about it
          </button>
        </div>
      )}
    </section>
  );
}

/** Which passages no question looks up: what stands only there, a run never reads and so never learns. */
import { type ReactNode, useEffect, useState } from "react";
import type { ReadPassage } from "../../../core/facts.ts";
import type { Corpus } from "../../corpora.ts";
import { integer, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { checkDraft, useDraftStore } from "../../stores/draftStore.ts";
import { useRunStore } from "../../stores/runStore.ts";

interface Found {
  passages: readonly ReadPassage[];
  never: readonly number[]; // their places
  questions: number;
  k: number;
}

const SHOWN = 50;

export function NeverFound({ corpus, ready }: { corpus: Corpus; ready: boolean }): ReactNode {
  const { retrieval: client, reviews } = useLab();
  const tokenBudget = useRunStore((s) => s.engine?.passageTokens ?? null);
  const { config } = checkDraft(useDraftStore());
  const [found, setFound] = useState<Found | null>(null);
  const [looking, setLooking] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    void corpus; // what was found of another one, or before a change, means nothing here
    setFound(null);
  }, [corpus]);
  if (config === null || corpus.train.length === 0) return null;

  const look = async () => {
    const { retrieval, k } = config;
    setFault(null);
    setLooking(true);
    try {
      const queries = corpus.train.map((q) => q.question);
      const [passages, hits] = await Promise.all([
        reviews.passages(corpus.id),
        client.ask("search", { corpus: corpus.id, queries, retrieval, k, tokenBudget }),
      ]);
      const read = new Set(hits.flat().map(({ index }) => index));
      const never = passages.flatMap((_, i) => (read.has(i) ? [] : [i]));
      setFound({ passages, never, questions: queries.length, k });
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    } finally {
      setLooking(false);
    }
  };
  return (
    <section className="never-found" aria-label="Passages that no question finds">
      {found === null ? (
        <button type="button" className="link" disabled={!ready || looking} onClick={() => void look()}>
          {looking ? "Looking up every question…" : "Which passages does no question find?"}
        </button>
      ) : (
        <>
          <p aria-live="polite">
            {found.never.length === 0
              ? `Every one of ${integer(found.passages.length)} passages is among the ${integer(found.k)} looked up for some question.`
              : `${integer(found.never.length)} of ${integer(found.passages.length)} ${plural(found.never.length, "passage is", "passages are")} never among the ${integer(found.k)} looked up for the ${integer(found.questions)} questions to learn: a run does not read ${plural(found.never.length, "it", "them")}.`}
          </p>
          <ul>
            {found.never.slice(0, SHOWN).map((i) => (
              <li key={i}>
                <small>{found.passages[i]!.title ?? `Passage ${i + 1}`}</small> {found.passages[i]!.text}
              </li>
            ))}
          </ul>
          {found.never.length > SHOWN && (
            <p className="hint">and {integer(found.never.length - SHOWN)} more</p>
          )}
        </>
      )}
      {fault !== null && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
    </section>
  );
}

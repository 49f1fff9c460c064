/** The map of the passages, read and drawn when it is asked for; what the search above found is lit in it. */
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import type { LitPassage } from "../../charts/PassageMap.tsx";
import type { Corpus, PassageVectors } from "../../corpora.ts";
import { integer } from "../../format.ts";
import { useLab } from "../../lab.ts";

const PassageMap = lazy(async () => ({ default: (await import("../../charts/PassageMap.tsx")).PassageMap }));

const MOST = 5000; // passages

export interface PassagesMapProps {
  corpus: Corpus;
  ready: boolean;
  lit: readonly LitPassage[];
}

export function PassagesMap({ corpus, ready, lit }: PassagesMapProps): ReactNode {
  const { corpora } = useLab();
  const [open, setOpen] = useState(false);
  const [passages, setPassages] = useState<PassageVectors | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => {
    setPassages(null);
    if (!open || !ready) return;
    let over = false;
    corpora.vectors(corpus.id).then(
      (found) => over || setPassages(found),
      (error: unknown) => over || setFault(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      over = true;
    };
  }, [corpora, corpus, open, ready]);
  return (
    <details className="passages-map" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The passages as a map</summary>
      {fault !== null && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {open && passages && passages.names.length > MOST && (
        <p className="hint">
          A map of {integer(passages.names.length)} passages would say nothing: it is drawn of at most{" "}
          {integer(MOST)}.
        </p>
      )}
      {open && passages && passages.names.length <= MOST && (
        <>
          <p className="hint">
            Passages that say alike things lie near each other. Search above: what it finds is lit, with its
            rank. Two dimensions of many: near on the map is not always near.
          </p>
          <Suspense>
            <PassageMap passages={passages} lit={lit} />
          </Suspense>
        </>
      )}
    </details>
  );
}

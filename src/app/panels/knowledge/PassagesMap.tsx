/** The map of the passages and questions, read and drawn when it is asked for; what was found for one of them is lit in it. */
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from "react";
import { flipRows } from "../../charts/flips.ts";
import type { LitPassage, MapQuestion } from "../../charts/PassageMap.tsx";
import type { Corpus, PassageVectors } from "../../corpora.ts";
import { integer, percent } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { checkDraft, useDraftStore } from "../../stores/draftStore.ts";
import { useRunStore } from "../../stores/runStore.ts";
import { useViewStore, type View } from "../../stores/viewStore.ts";
import { type Umap, useUmap } from "./useUmap.ts";

const PassageMap = lazy(async () => ({ default: (await import("../../charts/PassageMap.tsx")).PassageMap }));

const MOST = 5000; // passages
const MOST_QUESTIONS = 500;

export interface PassagesMapProps {
  corpus: Corpus;
  ready: boolean;
  asked: string | null; // what the search above was for
  lit: readonly LitPassage[]; // and what it found
}

interface Read {
  passages: PassageVectors;
  vectors: Float32Array; // of the questions
}

export function PassagesMap({ corpus, ready, asked, lit }: PassagesMapProps): ReactNode {
  const { corpora, retrieval: client } = useLab();
  const { config } = checkDraft(useDraftStore());
  const tokenBudget = useRunStore((s) => s.engine?.passageTokens ?? null);
  const [open, setOpen] = useState(false);
  const [read, setRead] = useState<Read | null>(null);
  const [askedAt, setAskedAt] = useState<{ asked: string; vector: Float32Array } | null>(null);
  const layout = useViewStore((s) => s.map);
  const [picked, setPicked] = useState<{ question: number; lit: readonly LitPassage[] } | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const held = useMemo(() => corpus.test.slice(0, MOST_QUESTIONS), [corpus]);
  const learnt = useLearnt(corpus, held.length);

  useEffect(() => {
    setRead(null);
    setPicked(null);
    setFault(null);
    if (!open || !ready) return;
    let over = false;
    const queries = held.map(({ question }) => question);
    Promise.all([corpora.vectors(corpus.id), client.ask("embed", { corpus: corpus.id, queries })]).then(
      ([passages, vectors]) => over || setRead({ passages, vectors }),
      (error: unknown) => over || setFault(messageOf(error)),
    );
    return () => {
      over = true;
    };
  }, [corpora, client, corpus, held, open, ready]);
  useEffect(() => {
    setPicked(null); // a search is the newer question
    setAskedAt(null);
    if (!open || asked === null || lit.length === 0) return;
    let over = false;
    client.ask("embed", { corpus: corpus.id, queries: [asked] }).then(
      (vector) => over || setAskedAt({ asked, vector }),
      (error: unknown) => over || setFault(messageOf(error)),
    );
    return () => {
      over = true;
    };
  }, [client, corpus.id, asked, lit, open]);

  const pick = async (question: number) => {
    if (config === null || question >= held.length) return;
    const queries = [held[question]!.question];
    const { retrieval, k } = config; // as a run looks it up
    try {
      const [found] = await client.ask("search", { corpus: corpus.id, queries, retrieval, k, tokenBudget });
      setPicked({ question, lit: found ?? [] });
    } catch (error) {
      setFault(messageOf(error));
    }
  };
  const extra = picked === null ? askedAt : null;
  const questions = useMemo(
    () => [
      ...held.map(
        ({ question }, at): MapQuestion => ({
          text: question,
          learnt: learnt?.byQuestion[at],
          lit: picked?.question === at ? picked.lit : null,
        }),
      ),
      ...(extra ? [{ text: extra.asked, learnt: undefined, lit }] : []),
    ],
    [held, learnt, picked, extra, lit],
  );
  const vectors = useMemo(
    () => read && Float32Array.from([...read.vectors, ...(extra?.vector ?? [])]),
    [read, extra],
  );
  const drawn = open && read !== null && read.passages.names.length <= MOST ? read.passages : null;
  const umap = useUmap(layout === "umap" ? drawn : null, vectors);
  return (
    <details className="passages-map" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The passages as a map</summary>
      {fault !== null && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {open && read && read.passages.names.length > MOST && (
        <p className="hint">
          A map of {integer(read.passages.names.length)} passages would say nothing: it is drawn of at most{" "}
          {integer(MOST)}.
        </p>
      )}
      {open && read && vectors && read.passages.names.length <= MOST && (
        <>
          <p className="hint">
            Passages (dots) that say alike things lie near each other
            {layout === "components" && ", and held-out questions (diamonds) near what they are about"}. Click
            a question, or search above: lines lead to what is really found, with its rank.
          </p>
          <Layouts layout={layout} umap={umap} />
          <p className="hint">
            {learnt === null
              ? "With a run on these documents on screen, a diamond fills when its question is learned."
              : `A diamond is filled where its question is known with the book closed, the fuller the earlier it was learned; ${integer(learnt.known)} of ${integer(held.length)} are, after cycle ${learnt.cycle}.`}
          </p>
          <Suspense>
            <PassageMap
              passages={read.passages}
              questions={questions}
              vectors={vectors}
              lit={picked?.lit ?? lit}
              placed={layout === "umap" ? umap.placed : null}
              cycles={learnt?.cycle ?? 0}
              onPick={(question) => void pick(question)}
            />
          </Suspense>
        </>
      )}
    </details>
  );
}

/** By what the passages are laid out, and what that costs. */
function Layouts({ layout, umap }: { layout: View["map"]; umap: Umap }): ReactNode {
  const names: Record<View["map"], string> = { components: "principal components", umap: "UMAP" };
  return (
    <>
      <fieldset className="map-layout">
        <legend>Laid out by</legend>
        {(Object.keys(names) as View["map"][]).map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="map-layout"
              checked={layout === name}
              onChange={() => useViewStore.setState({ map: name })}
            />{" "}
            {names[name]}
          </label>
        ))}
      </fieldset>
      <p className="hint" role="status">
        {layout === "components"
          ? "Two dimensions of many: near on the map is not always near."
          : umap.placed !== null
            ? "UMAP keeps neighbours together and gives up the rest. Distances lie: how far groups lie apart, and how wide they are, says nothing. Questions (diamonds) are placed afterwards, often at the rim; the lines say what is really found."
            : umap.fault !== null
              ? `UMAP did not come about: ${umap.fault}. The map is of principal components.`
              : `UMAP is at work, ${percent(umap.done)}; until then the map is of principal components.`}
      </p>
    </>
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Since which cycle of the run on screen each held-out question is right, closed book; null where it is of other documents. */
function useLearnt(
  corpus: Corpus,
  most: number,
): { byQuestion: (number | null)[]; known: number; cycle: number } | null {
  const data = useRunStore((s) => s.run?.config.data ?? null);
  const answers = useRunStore((s) => s.answers);
  return useMemo(() => {
    const last = answers.at(-1);
    if (data !== corpus.id || last === undefined) return null;
    const gold = corpus.test.slice(0, most).map(({ answer }) => answer);
    const byQuestion: (number | null)[] = gold.map(() => null);
    for (const { question, learnt } of flipRows(answers, gold)) byQuestion[question] = learnt;
    return { byQuestion, known: byQuestion.filter((cycle) => cycle !== null).length, cycle: last.cycle };
  }, [data, answers, corpus, most]);
}

/** The open book itself: documents, passages, search, and bringing one's own. */
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { catalogEncoder } from "../../../core/catalog.ts";
import { modelName } from "../../../core/models.ts";
import type { QuestionSet } from "../../../core/run.ts";
import { takeCorpus } from "../../actions.ts";
import { ConfirmButton } from "../../components/ConfirmButton.tsx";
import { ARCHIVE, type Corpus, corpusName, downloadCollection, isOwn } from "../../corpora.ts";
import { integer, plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { QUESTIONS_HREF } from "../../route.ts";
import {
  listOwn,
  openCorpus,
  questionsOf,
  stopIndexing,
  useCorpusStore,
  useOwnCorpora,
} from "../../stores/corpusStore.ts";
import { useDraftStore } from "../../stores/draftStore.ts";
import { askToEdit } from "../../stores/editStore.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { openDialog } from "../../stores/viewStore.ts";
import { Documents } from "./Documents.tsx";
import { DropZone } from "./DropZone.tsx";
import { NeverFound } from "./NeverFound.tsx";
import { Search } from "./Search.tsx";

export function KnowledgePage(): ReactNode {
  const lab = useLab();
  const { current, indexing, index, error } = useCorpusStore();
  return (
    <main className="page knowledge">
      <header>
        <h1>Knowledge</h1>
        <p>
          What the open book holds. Documents are cut into passages, each becomes a vector, and a question
          finds the passages nearest to it in words and in meaning. All of it happens and stays on this
          machine.
        </p>
      </header>
      <div className="columns">
        <section aria-label="Corpora">
          <CorpusList />
          <DropZone />
        </section>
        <section aria-label="This corpus">
          {error && (
            <p className="fault" role="alert">
              {error.message}
              {error.code === "aborted" && current !== null && (
                <button type="button" className="link" onClick={() => void openCorpus(lab, current.id)}>
                  go on
                </button>
              )}
            </p>
          )}
          {current === null ? (
            !error && <p className="hint">Loading…</p>
          ) : (
            <>
              <div className="corpus-head">
                <h2>{current.name}</h2>
                <p className="hint" aria-live="polite">
                  {indexing
                    ? `Indexing passage ${integer(indexing.done)} of ${integer(indexing.of)}`
                    : index
                      ? `${integer(index.passages)} ${plural(index.passages, "passage")}, vectors of ${index.dimension} numbers`
                      : error
                        ? "Not indexed"
                        : "Indexing…"}
                  {index === null && !error && isOwn(current.id) && (
                    <button type="button" className="link" onClick={() => stopIndexing(lab)}>
                      stop
                    </button>
                  )}
                </p>
                <EmbedderPick />
                {isOwn(current.id) && (
                  <button type="button" className="link" onClick={() => void downloadCollection(current)}>
                    Download this collection
                  </button>
                )}
              </div>
              <Search corpus={current} ready={index !== null} />
              <NeverFound corpus={current} ready={index !== null} />
              <Documents corpus={current} />
              <Questions corpus={current} />
            </>
          )}
        </section>
      </div>
    </main>
  );
}

function EmbedderPick(): ReactNode {
  const embedder = useDraftStore((s) => s.embedder);
  return (
    <p className="hint">
      Vectors by {catalogEncoder(embedder)?.name ?? modelName(embedder)} ·{" "}
      <button type="button" className="link" onClick={() => openDialog("models")}>
        choose
      </button>
    </p>
  );
}

function CorpusList(): ReactNode {
  const lab = useLab();
  const current = useCorpusStore((s) => s.current);
  const busy = useRunStore((s) => isActive(labStatus(s)));
  const own = useOwnCorpora((s) => s.ids);
  const [fault, setFault] = useState<string | null>(null);
  const indexed = useCorpusStore((s) => s.index);
  const currentId = current?.id;
  const refresh = useCallback(() => listOwn(lab).catch(() => {}), [lab]); // the list of before is better than none
  useEffect(() => {
    void indexed; // a corpus is stored when it has been indexed
    void refresh();
  }, [refresh, indexed]);

  const remove = async (id: string) => {
    setFault(null);
    try {
      if ((await askToEdit(lab, { id, name: corpusName(id) }, true)) !== "change") return;
      await lab.corpora.remove(id);
      void lab.retrieval.ask("forget", { corpus: id });
      if (currentId === id) await takeCorpus(lab, ARCHIVE);
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
    await refresh();
  };
  return (
    <fieldset className="corpora">
      <legend className="eyebrow">Corpus</legend>
      {[ARCHIVE, ...own].map((id) => (
        <div key={id}>
          <label>
            <input
              type="radio"
              name="corpus"
              checked={currentId === id}
              disabled={busy}
              onChange={() => void takeCorpus(lab, id)}
            />
            <span>
              <b>{corpusName(id)}</b>
              <small>{id === ARCHIVE ? "built in: people and towns nobody has heard of" : "yours"}</small>
            </span>
          </label>
          {id !== ARCHIVE && (
            <ConfirmButton
              label="Delete"
              question="Delete for good?"
              of={corpusName(id)}
              disabled={busy}
              onConfirm={() => void remove(id)}
            />
          )}
        </div>
      ))}
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {busy && <p className="hint">Fixed while a run is under way.</p>}
    </fieldset>
  );
}

const SETS: readonly [QuestionSet, string][] = [
  ["train", "to learn"],
  ["test", "held out"],
  ["twohop", "two-hop, held out"],
  ["held", "about facts that are not taught"],
];

function Questions({ corpus }: { corpus: Corpus }): ReactNode {
  const all = SETS.reduce((n, [set]) => n + questionsOf(corpus, set).length, 0);
  return (
    <section aria-labelledby="questions">
      <h2 id="questions">
        {integer(all)} {plural(all, "question")}
      </h2>
      {all === 0 && (
        <p className="hint">
          A run needs questions about the documents. Make some from them, or drop a file; how one looks is
          written beside.
        </p>
      )}
      <p className="make">
        <button
          type="button"
          className={all === 0 ? "go" : undefined}
          onClick={() => {
            window.location.hash = QUESTIONS_HREF;
          }}
        >
          Make questions from these documents
        </button>
      </p>
      {SETS.filter(([set]) => questionsOf(corpus, set).length > 0).map(([set, words]) => (
        <details key={set} className="questions">
          <summary>
            {integer(questionsOf(corpus, set).length)} {words}
          </summary>
          <ol>
            {questionsOf(corpus, set)
              .map((question, at) => ({ ...question, at }))
              .map(({ question, answer, at }) => (
                <li key={at}>
                  {question} <b>{answer}</b>
                </li>
              ))}
          </ol>
        </details>
      ))}
    </section>
  );
}

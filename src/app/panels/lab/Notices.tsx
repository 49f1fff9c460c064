/** What stands between a person and a normal run: errors, another tab, a software GPU. Each next to the plot. */
import type { ReactNode } from "react";
import { Trouble } from "../../components/Trouble.tsx";
import { hrefOf } from "../../route.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { labStatus, useRunStore } from "../../stores/runStore.ts";

export function Notices(): ReactNode {
  const { failure, elsewhere, engine, prepared, run } = useRunStore();
  const status = useRunStore(labStatus);
  const corpus = useCorpusStore((s) => s.current);
  return (
    <>
      {elsewhere && (
        <p className="notice">
          <b>Another tab is training.</b> One tab trains at a time; this one follows what it stores
          {elsewhere.runId === null ? "." : ", a cycle at a time."}{" "}
          <button type="button" className="link" onClick={() => useRunStore.setState({ elsewhere: null })}>
            It is closed: train here
          </button>
        </p>
      )}
      {status === "interrupted" && !elsewhere && (
        <p className="notice">
          <b>Interrupted.</b>{" "}
          {run?.checkpointId
            ? `The run is stored up to cycle ${run.cycle}, update ${run.update}; Resume continues from there to the same numbers.`
            : "It ended before its first checkpoint. Nothing to resume; Run starts anew."}
        </p>
      )}
      {corpus && (corpus.documents.length === 0 || corpus.train.length === 0) && (
        <p className="notice">
          <b>{corpus.documents.length === 0 ? "No documents yet." : "No questions yet."}</b> A run needs both:
          documents to look things up in, and questions about them. <a href={hrefOf("knowledge")}>Add them</a>
          , or take the built-in archive there.
        </p>
      )}
      {engine?.isFallbackAdapter && (
        <p className="notice">
          <b>This is a software GPU.</b> The numbers are right, the speed is far from what a graphics card
          gives.
        </p>
      )}
      {engine && !prepared && status === "none" && (
        <p className="notice">
          Preparing the GPU: building and checking the shaders. You can press Run already.
        </p>
      )}
      {run?.notes && run.notes.length > 0 && (
        <div className="notice">
          <b>Read with care.</b> This run learns from what is left:
          <ul>
            {run.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </div>
      )}
      {status === "failed" && !failure && run?.error && (
        <p className="notice">
          <b>This run failed.</b> {run.error}
        </p>
      )}
      {failure && <Trouble error={failure.error} run={run} />}
    </>
  );
}

/** What stands between a person and a normal run: errors, another tab, a software GPU. Each next to the plot. */
import type { ReactNode } from "react";
import { takeDraft } from "../../actions.ts";
import { Trouble } from "../../components/Trouble.tsx";
import { fixed } from "../../format.ts";
import { LONGEST, longTime, reckonedSeconds } from "../../held.ts";
import { useLab } from "../../lab.ts";
import { hrefOf } from "../../route.ts";
import { useCorpusStore } from "../../stores/corpusStore.ts";
import { useDraftStore } from "../../stores/draftStore.ts";
import { hasAdapter, labStatus, useRunStore } from "../../stores/runStore.ts";
import { useViewStore } from "../../stores/viewStore.ts";

export function Notices(): ReactNode {
  const { failure, elsewhere, engine, prepared, flopsPerSecond, run } = useRunStore();
  const status = useRunStore(labStatus);
  const corpus = useCorpusStore((s) => s.current);
  const reckoned = reckonedSeconds(flopsPerSecond);
  return (
    <>
      {elsewhere && (
        <p className="notice">
          <b>Another tab is training.</b> One tab trains at a time; this one follows it as it goes.{" "}
          <button type="button" className="link" onClick={() => useRunStore.setState({ elsewhere: null })}>
            It is closed: train here
          </button>
        </p>
      )}
      <Opened />
      <Gone />
      {status === "interrupted" && !elsewhere && (
        <p className="notice">
          <b>Interrupted.</b>{" "}
          {run?.checkpointId
            ? `The run is stored up to cycle ${run.cycle}, update ${run.update}; Resume continues from there to the same numbers.`
            : "It ended before its first checkpoint; Begin again starts it anew, with its own settings."}
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
      {reckoned !== null && reckoned > LONGEST && status === "none" && (
        <p className="notice">
          <b>This machine is slow for training.</b> A lesson’s short run would take about {longTime(reckoned)}
          , as reckoned from how fast it multiplies ({fixed(flopsPerSecond! / 1e9, 1)} GFLOP/s); a run of the
          whole archive many times as long. The recorded run shows what comes of one.
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
      {run?.lost && (
        <p className="notice">
          <b>The GPU was lost {run.lost === 1 ? "once" : `${run.lost} times`}.</b> The run went on by itself
          from its last checkpoint, to the same numbers.
        </p>
      )}
      {run?.imported && (
        <p className="notice">
          <b>From a file.</b> This run can be read and compared
          {hasAdapter(run) ? ", and its adapter asked" : ""}; to go on, it would need the machine it was
          trained on.
        </p>
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

/** What a link or a file of settings brought, and the way back. */
function Opened(): ReactNode {
  const lab = useLab();
  const shared = useViewStore((s) => s.shared);
  if (shared === null) return null;
  const close = () => useViewStore.setState({ shared: null });
  const { fault, own, task, before } = shared;
  const back = () => {
    if (before === null) return;
    useDraftStore.setState(before);
    close();
    void takeDraft(lab);
  };
  return (
    <p className="notice">
      {fault !== null ? (
        <>
          <b>A link that could not be opened.</b> {fault}. Your settings are what they were.
        </>
      ) : (
        <>
          <b>Opened from a link.</b> The settings are its own.
          {task !== null && (
            <>
              {" "}
              <q>{task}</q>
            </>
          )}
          {own &&
            " It was made with documents of somebody’s own, which a link does not carry: the documents are yours."}
        </>
      )}{" "}
      {before !== null && (
        <button type="button" className="link" onClick={back}>
          Back to what I had
        </button>
      )}{" "}
      <button type="button" className="link" onClick={close}>
        Close
      </button>
    </p>
  );
}

/** The browser has thrown away what was stored. */
function Gone(): ReactNode {
  const gone = useViewStore((s) => s.gone);
  if (!gone) return null;
  return (
    <p className="notice">
      <b>What was stored here is gone.</b> This page had a run in this browser, and the browser has none any
      more: it was deleted with the site’s data, or because the disk was full. On the{" "}
      <a href={hrefOf("runs")}>Runs</a> page it can be asked to keep what comes next.{" "}
      <button type="button" className="link" onClick={() => useViewStore.setState({ gone: false })}>
        Close
      </button>
    </p>
  );
}

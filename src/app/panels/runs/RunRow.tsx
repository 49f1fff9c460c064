/** One stored run in the list: what it is called, what became of it, and, opened, what can be done with it. */
import type { ReactNode } from "react";
import type { RunRecord } from "../../../core/run.ts";
import { corpusName } from "../../corpora.ts";
import { integer, when } from "../../format.ts";
import { runName } from "../../presets.ts";
import { type LabStatus, labStatus } from "../../stores/runStore.ts";
import { STATUS_WORDS } from "../../words.ts";
import { RunMore } from "./RunMore.tsx";

export interface RunRowProps {
  run: RunRecord;
  status: LabStatus | null; // where it is on the lab's screen and under way; null elsewhere
  chosen: boolean;
  onChoose(): void;
  onOpen(): void;
  onDelete(): void;
  /** Does what may fail and says so above the list; then the list is read anew. */
  attempt(action: () => Promise<void>): Promise<void>;
}

export function RunRow({ run, status, chosen, onChoose, onOpen, onDelete, attempt }: RunRowProps): ReactNode {
  const name = runName(run);
  const { note = "", colour = null } = run.label ?? {};
  const went = run.imported
    ? "from a file"
    : STATUS_WORDS[status ?? labStatus({ runId: run.id, run, live: false })];
  return (
    <li>
      <input type="checkbox" id={`choose-${run.id}`} checked={chosen} onChange={onChoose} />
      <label className="run-label" htmlFor={`choose-${run.id}`}>
        <b>
          {colour !== null && <span className={`run-dot run-colour-${colour}`} aria-hidden="true" />}
          {name}
        </b>
        <small>
          {when(run.createdAt)} · {corpusName(run.config.data)} · seed {run.config.seed} · cycle{" "}
          {integer(run.cycle)} of {integer(run.config.cycles)}
          {run.extended?.length ? ` (${run.extended[0]!.cycles} at first)` : ""} · {went}
        </small>
        {note && <span className="run-note">{note}</span>}
        {run.error && <small className="fault">{run.error}</small>}
      </label>
      <div className="acts">
        <button type="button" className="link" onClick={onOpen}>
          Open<span className="hidden"> {name}</span>
        </button>
        <button type="button" className="link danger" disabled={status !== null} onClick={onDelete}>
          Delete<span className="hidden"> {name}</span>
        </button>
      </div>
      <RunMore run={run} busy={status !== null} attempt={attempt} />
    </li>
  );
}

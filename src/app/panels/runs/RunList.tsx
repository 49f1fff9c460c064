/** All stored runs: rows to choose, say something of and delete; the deleted, to be put back; files of runs to take in. */
import { type ChangeEvent, type DragEvent, type ReactNode, useState } from "react";
import type { RunRecord } from "../../../core/run.ts";
import type { UnreadRun } from "../../../storage/runs.ts";
import { deleteRun, takeDraft } from "../../actions.ts";
import { plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { runName } from "../../presets.ts";
import { go } from "../../route.ts";
import { takeSettings } from "../../share.ts";
import { readDroppedRun } from "../../storedRuns.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { RunRow } from "./RunRow.tsx";
import { StorageLine } from "./StorageLine.tsx";

export interface RunListProps {
  runs: readonly RunRecord[];
  deleted: readonly RunRecord[];
  unread: readonly UnreadRun[];
  chosen: readonly string[];
  onChoose(id: string): void;
  onOpen(id: string): void;
  /** Does what may fail and says so above the list; then the list is read anew. */
  attempt(action: () => Promise<void>): Promise<void>;
}

export function RunList({
  runs,
  deleted,
  unread,
  chosen,
  onChoose,
  onOpen,
  attempt,
}: RunListProps): ReactNode {
  const lab = useLab();
  const onScreen = useRunStore((s) => s.runId);
  const status = useRunStore(labStatus);
  const [undo, setUndo] = useState<RunRecord | null>(null);
  const [says, setSays] = useState<string | null>(null);

  const remove = (run: RunRecord) =>
    attempt(async () => {
      await deleteRun(lab, run);
      setUndo(run);
    });
  const putBack = (run: RunRecord) =>
    attempt(async () => {
      await lab.runs.putBack(run.id);
      setUndo(null);
    });
  const take = (files: Iterable<File>) =>
    attempt(async () => {
      for (const dropped of files) {
        const { file, id } = await readDroppedRun(dropped);
        if (file.rows.length === 0) {
          takeSettings(file.config);
          if (!(await takeDraft(lab)))
            throw new Error("A run is under way; its settings stay. Those of the file are the next run's.");
          go("lab");
        } else {
          const run = await lab.runs.add(file, id);
          setSays(`${runName(run)} was taken in.`);
        }
      }
    });
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    void take([...event.dataTransfer.files]);
  };
  const onFiles = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const files = [...(target.files ?? [])];
    target.value = ""; // the same file again is a choice, too
    void take(files);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is beside the button that does the same
    <div className="run-drop" onDragOver={(event) => event.preventDefault()} onDrop={onDrop}>
      {undo && (
        <p className="undo" role="status">
          {runName(undo)} was deleted.{" "}
          <button type="button" className="link" onClick={() => void putBack(undo)}>
            Undo
          </button>
        </p>
      )}
      {says && (
        <p className="undo" role="status">
          {says}
        </p>
      )}
      {runs.length === 0 ? (
        <p className="empty">
          No runs yet. <a href="#/lab">Start one in the lab</a>; it will be here afterwards, and after every
          reload.
        </p>
      ) : (
        <ul className="run-list">
          {runs.map((run) => (
            <RunRow
              key={run.id}
              run={run}
              status={run.id === onScreen && isActive(status) ? status : null}
              chosen={chosen.includes(run.id)}
              onChoose={() => onChoose(run.id)}
              onOpen={() => onOpen(run.id)}
              onDelete={() => void remove(run)}
              attempt={attempt}
            />
          ))}
        </ul>
      )}
      {unread.map(({ id, reason }) => (
        <p key={id} className="fault">
          {reason}.{" "}
          <button
            type="button"
            className="link danger"
            onClick={() => void attempt(() => lab.runs.removeForGood(id))}
          >
            Delete it for good
          </button>
        </p>
      ))}
      <p className="take-run">
        <label className="link">
          Open a run’s file
          <input type="file" className="hidden" accept=".closedbook,.zip" multiple onChange={onFiles} />
        </label>{" "}
        <small>saved here or elsewhere, or written by the command line’s run; or drop it on this list</small>
      </p>
      {deleted.length > 0 && (
        <details className="deleted-runs">
          <summary>
            {deleted.length} deleted {plural(deleted.length, "run")}, kept for a day
          </summary>
          <ul>
            {deleted.map((run) => (
              <li key={run.id}>
                {runName(run)}{" "}
                <button type="button" className="link" onClick={() => void putBack(run)}>
                  Put back<span className="hidden"> {runName(run)}</span>
                </button>{" "}
                <button
                  type="button"
                  className="link danger"
                  onClick={() => void attempt(() => lab.runs.removeForGood(run.id))}
                >
                  Delete for good<span className="hidden"> {runName(run)}</span>
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
      <StorageLine changed={runs} />
    </div>
  );
}

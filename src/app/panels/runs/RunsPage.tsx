/** Every stored run: overlay several, see what they differ in, open, export, delete. */
import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { RunRecord } from "../../../core/run.ts";
import { deleteRun, openStoredRun } from "../../actions.ts";
import type { Measure } from "../../charts/gap.ts";
import { SERIES_COUNT } from "../../charts/RunsPlot.tsx";
import { ConfirmButton } from "../../components/ConfirmButton.tsx";
import { corpusName } from "../../corpora.ts";
import { integer, when } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { methodName } from "../../presets.ts";
import { go } from "../../route.ts";
import { isActive, labStatus, type StoredRun, useRunStore } from "../../stores/runStore.ts";
import { STATUS_WORDS } from "../../words.ts";
import { Compare } from "./Compare.tsx";
import { exportRun } from "./exportRun.ts";

export function RunsPage(): ReactNode {
  const lab = useLab();
  const [runs, setRuns] = useState<RunRecord[] | null>(null);
  const [compared, setCompared] = useState<readonly StoredRun[]>([]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [measure, setMeasure] = useState<Measure>("answers");
  const [fault, setFault] = useState<string | null>(null);
  const onScreen = useRunStore((s) => s.runId);
  const status = useRunStore(labStatus);
  const cyclesOnScreen = useRunStore((s) => s.cycles.length);

  const attempt = useCallback(async (action: () => Promise<void>) => {
    try {
      setFault(null);
      await action();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  }, []);
  const refresh = useCallback(() => attempt(async () => setRuns(await lab.runs.list())), [lab, attempt]);
  useEffect(() => {
    void cyclesOnScreen; // the run under way has stored another cycle
    void refresh();
  }, [refresh, cyclesOnScreen]);
  useEffect(() => {
    void cyclesOnScreen;
    void attempt(async () => {
      const found = await Promise.all(chosen.map((id) => lab.runs.load(id)));
      setCompared(found.filter((stored) => stored !== null));
    });
  }, [lab, attempt, chosen, cyclesOnScreen]);

  const toggle = (id: string) =>
    setChosen((ids) => (ids.includes(id) ? ids.filter((i) => i !== id) : [...ids, id].slice(-SERIES_COUNT)));
  const open = (id: string) =>
    attempt(async () => {
      if (await openStoredRun(lab, id)) go("lab");
      else setFault("A run is under way; pause and stop it before another is opened.");
    });
  const remove = (run: RunRecord) =>
    attempt(async () => {
      await deleteRun(lab, run);
      setChosen((ids) => ids.filter((id) => id !== run.id));
      await refresh();
    });

  const save = (id: string, form: "json" | "csv") =>
    attempt(async () => {
      const stored = await lab.runs.load(id);
      if (stored) exportRun(stored, form);
    });
  return (
    <main className="page runs">
      <header>
        <h1>Runs</h1>
        <p>
          Every run is stored in this browser, with its settings, its numbers and its last checkpoint. Choose
          two or more to lay them over each other.
        </p>
      </header>
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
      {compared.length > 0 && <Compare runs={compared} measure={measure} onMeasure={setMeasure} />}
      {runs === null ? (
        <p className="hint">Loading…</p>
      ) : runs.length === 0 ? (
        <p className="empty">
          No runs yet. <a href="#/lab">Start one in the lab</a>; it will be here afterwards, and after every
          reload.
        </p>
      ) : (
        <ul className="run-list">
          {runs.map((run) => {
            const busy = run.id === onScreen && isActive(status);
            return (
              <li key={run.id}>
                <input
                  type="checkbox"
                  id={`choose-${run.id}`}
                  checked={chosen.includes(run.id)}
                  onChange={() => toggle(run.id)}
                />
                <label htmlFor={`choose-${run.id}`}>
                  <b>{run.name || methodName(run.config)}</b>
                  <small>
                    {when(run.createdAt)} · {corpusName(run.config.data)} · seed {run.config.seed} · cycle{" "}
                    {integer(run.cycle)} of {integer(run.config.cycles)} ·{" "}
                    {STATUS_WORDS[busy ? status : labStatus({ runId: run.id, run, live: false })]}
                  </small>
                  {run.error && <small className="fault">{run.error}</small>}
                </label>
                <div className="acts">
                  <button type="button" className="link" onClick={() => void open(run.id)}>
                    Open<span className="hidden"> {run.name}</span>
                  </button>
                  <button type="button" className="link" onClick={() => void save(run.id, "json")}>
                    JSON<span className="hidden"> of {run.name}</span>
                  </button>
                  <button type="button" className="link" onClick={() => void save(run.id, "csv")}>
                    CSV<span className="hidden"> of {run.name}</span>
                  </button>
                  <ConfirmButton
                    label="Delete"
                    question="Delete for good?"
                    of={run.name}
                    disabled={busy}
                    onConfirm={() => void remove(run)}
                  />
                </div>
              </li>
            );
          })}
        </ul>
      )}
    </main>
  );
}

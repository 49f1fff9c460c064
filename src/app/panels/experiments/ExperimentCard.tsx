/** One experiment: how far its queue is, run by run, and what can be done with it. */
import { Fragment, type ReactNode } from "react";
import { configOfRun, type Experiment, type PlannedRun } from "../../../core/experiment.ts";
import type { RunRecord } from "../../../core/run.ts";
import { ConfirmButton } from "../../components/ConfirmButton.tsx";
import { Scroll } from "../../components/Scroll.tsx";
import { corpusName } from "../../corpora.ts";
import { when } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { go } from "../../route.ts";
import { choose } from "../../stores/compareStore.ts";
import { changeExperiment, removeExperiment } from "../../stores/experimentStore.ts";
import { isActive, labStatus, useRunStore } from "../../stores/runStore.ts";
import { totalInWords } from "./timeWords.ts";
import { useTimes } from "./useTimes.ts";

type State = "done" | "under way" | "paused" | "failed" | "waiting" | "deleted";
const SIGNS: Record<State, string> = {
  done: "●",
  "under way": "◐",
  paused: "‖",
  failed: "✗",
  waiting: "○",
  deleted: "–",
};

export interface ExperimentCardProps {
  experiment: Experiment;
  records: ReadonlyMap<string, RunRecord>;
  deleted: ReadonlySet<string>;
  attempt(action: () => Promise<void>): Promise<void>;
}

export function ExperimentCard({ experiment, records, deleted, attempt }: ExperimentCardProps): ReactNode {
  const lab = useLab();
  const onScreen = useRunStore((s) => s.runId);
  const status = useRunStore(labStatus);
  const elsewhere = useRunStore((s) => s.elsewhere);
  const { id, name, arms, runs, going, failed } = experiment;
  const underWay = (run: string) => (run === onScreen && isActive(status)) || elsewhere?.runId === run;
  const stateOf = (run: PlannedRun): State => {
    const record = records.get(run.id);
    if (deleted.has(run.id)) return "deleted";
    if (record?.status === "finished") return "done";
    if (underWay(run.id)) return status === "paused" && run.id === onScreen ? "paused" : "under way";
    if (record?.status === "paused") return "paused";
    return run.id in failed ? "failed" : "waiting";
  };
  const states = runs.map((run) => ({ run, state: stateOf(run) }));
  const count = (state: State) => states.filter((s) => s.state === state).length;
  const left = states.filter(
    ({ state }) => state === "waiting" || state === "under way" || state === "paused",
  );
  const times = useTimes(left.map(({ run }) => configOfRun(experiment, run)));
  const now = states.find(({ state }) => state === "under way" || state === "paused")?.run;
  const done = left.length === 0;
  const held = now !== undefined && !underWay(now.id); // paused by hand, and the page was closed or reloaded since
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const corpora = [...new Set(runs.map(({ data }) => data))];
  const change = (part: Partial<Experiment>) =>
    void attempt(() => changeExperiment(lab, id, (before) => ({ ...before, ...part })));

  return (
    <li className="experiment">
      <h3>{name}</h3>
      <p>
        <b>
          {count("done")} of {runs.length} runs done
        </b>
        {count("failed") > 0 && `, ${count("failed")} failed`}
        {!done && (
          <>
            {" "}
            · {totalInWords(times, 1).replace(/^Total time/, "time left")}
            {times.every((t) => t !== null) && " left"}
          </>
        )}
        {now
          ? ` · ${held ? (going ? "goes on with" : "paused by hand in") : "now"} ${arms[now.arm]!.name}, seed ${now.seed}${corpora.length > 1 ? `, ${corpusName(now.data)}` : ""}`
          : done
            ? ""
            : going
              ? " · waits for its turn: one run at a time, in one tab, with the model loaded"
              : " · paused"}
        <small> planned {when(experiment.createdAt)}</small>
      </p>
      <Scroll label={`Runs of ${name}`}>
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">arm</th>
              {corpora.map((data) =>
                seeds.map((seed) => (
                  <th key={`${data} ${seed}`} scope="col">
                    seed {seed}
                    {corpora.length > 1 && ` · ${corpusName(data)}`}
                  </th>
                )),
              )}
            </tr>
          </thead>
          <tbody>
            {arms.map((arm, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an arm is its place in the plan, which never changes
              <tr key={n}>
                <th scope="row">{arm.name}</th>
                {corpora.map((data) => (
                  <Fragment key={data}>
                    {seeds.map((seed) => {
                      const cell = states.find(
                        ({ run }) => run.arm === n && run.seed === seed && run.data === data,
                      );
                      return (
                        <td key={seed}>
                          {cell && (
                            <>
                              <span aria-hidden="true">{SIGNS[cell.state]}</span> {cell.state}
                            </>
                          )}
                        </td>
                      );
                    })}
                  </Fragment>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {Object.entries(failed).map(([run, why]) => (
        <p key={run} className="fault">
          {arms[runs.find((r) => r.id === run)?.arm ?? 0]!.name}, seed {runs.find((r) => r.id === run)?.seed}:{" "}
          {why}
        </p>
      ))}
      <div className="experiment-acts">
        {!done && going && (
          <button type="button" className="link" onClick={() => change({ going: false })}>
            {now && !held ? "Pause after this run" : "Pause"}
          </button>
        )}
        {!done && !going && (
          <button type="button" className="link" onClick={() => change({ going: true })}>
            {held ? "Go on with the paused run" : "Go on"}
          </button>
        )}
        {count("failed") > 0 && (
          <button type="button" className="link" onClick={() => change({ failed: {}, going: true })}>
            Try the failed again
          </button>
        )}
        {count("done") > 0 && (
          <button
            type="button"
            className="link"
            onClick={() => choose(runs.filter((run) => records.has(run.id)).map((run) => run.id))}
          >
            Compare
          </button>
        )}
        {now && onScreen === now.id && (
          <button type="button" className="link" onClick={() => go("lab")}>
            Watch it
          </button>
        )}
        <ConfirmButton
          label="Remove"
          question="Remove the plan? Its runs stay."
          of={name}
          onConfirm={() => void attempt(() => removeExperiment(lab, id))}
        />
      </div>
    </li>
  );
}

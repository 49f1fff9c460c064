/** Every stored run: overlay several and see what they differ in; the list of them all. */
import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { ListedRuns } from "../../../storage/runs.ts";
import { openStoredRun } from "../../actions.ts";
import { MOST_ARMS } from "../../charts/ArmsPlot.tsx";
import { useLab } from "../../lab.ts";
import { go } from "../../route.ts";
import { choose, useCompareStore } from "../../stores/compareStore.ts";
import { useRunStore } from "../../stores/runStore.ts";
import { armKey } from "../experiments/arms.ts";
import { Compare } from "../experiments/Compare.tsx";
import { ExperimentList } from "../experiments/ExperimentList.tsx";
import { RunGroups } from "../experiments/RunGroups.tsx";
import { useCompared } from "../experiments/useCompared.ts";
import { RunList } from "./RunList.tsx";

export function RunsPage(): ReactNode {
  const lab = useLab();
  const [listed, setListed] = useState<ListedRuns | null>(null);
  const chosen = useCompareStore((s) => s.chosen);
  const [fault, setFault] = useState<string | null>(null);
  const cyclesOnScreen = useRunStore((s) => s.cycles.length);
  const changes = useRunStore((s) => s.changes);
  /** Does what may fail, and says so above the list. */
  const guard = useCallback(async (action: () => Promise<void>) => {
    try {
      setFault(null);
      await action();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  }, []);
  const attempt = useCallback(
    (action: () => Promise<void>) =>
      guard(async () => {
        await action();
        const now = await lab.runs.listAll();
        const isThere = (id: string) => now.runs.some((run) => run.id === id);
        setListed(now);
        const { chosen: ids } = useCompareStore.getState();
        if (!ids.every(isThere)) choose(ids.filter(isThere));
      }),
    [lab, guard],
  );
  useEffect(() => {
    void [cyclesOnScreen, changes]; // the run under way has stored another cycle; another tab has changed something
    void attempt(async () => {});
  }, [attempt, cyclesOnScreen, changes]);
  const compared = useCompared(listed, setFault);

  /** At most as many arms as the plot can tell apart: the first chosen leave. */
  const chooseArms = (ids: readonly string[]) => {
    const keyOf = (id: string) => {
      const run = listed?.runs.find((r) => r.id === id);
      return run ? armKey(run) : id;
    };
    const kept = [...new Set(ids.map(keyOf))].slice(-MOST_ARMS);
    choose(ids.filter((id) => kept.includes(keyOf(id))));
  };
  const toggle = (id: string) =>
    chooseArms(chosen.includes(id) ? chosen.filter((i) => i !== id) : [...chosen, id]);
  const open = (id: string) =>
    guard(async () => {
      if (await openStoredRun(lab, id)) go("lab");
      else setFault("A run is under way; pause and stop it before another is opened.");
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
      {compared.length > 0 && <Compare runs={compared} />}
      {listed && <ExperimentList listed={listed} attempt={attempt} />}
      {listed && <h2>All runs</h2>}
      {listed && <RunGroups runs={listed.runs} chosen={chosen} onChoose={chooseArms} />}
      {listed === null ? (
        <p className="hint">Loading…</p>
      ) : (
        <RunList
          {...listed}
          chosen={chosen}
          onChoose={toggle}
          onOpen={(id) => void open(id)}
          attempt={attempt}
        />
      )}
    </main>
  );
}

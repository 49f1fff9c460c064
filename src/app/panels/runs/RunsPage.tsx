/** Every stored run: overlay several and see what they differ in; the list of them all. */
import { type ReactNode, useCallback, useEffect, useState } from "react";
import type { ListedRuns } from "../../../storage/runs.ts";
import { openStoredRun } from "../../actions.ts";
import { MOST_ARMS } from "../../charts/ArmsPlot.tsx";
import type { Measure } from "../../charts/gap.ts";
import { useLab } from "../../lab.ts";
import { go } from "../../route.ts";
import { type StoredRun, useRunStore } from "../../stores/runStore.ts";
import { Compare } from "./Compare.tsx";
import { RunList } from "./RunList.tsx";

export function RunsPage(): ReactNode {
  const lab = useLab();
  const [listed, setListed] = useState<ListedRuns | null>(null);
  const [compared, setCompared] = useState<readonly StoredRun[]>([]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [measure, setMeasure] = useState<Measure>("answers");
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
        setChosen((ids) => (ids.every(isThere) ? ids : ids.filter(isThere)));
      }),
    [lab, guard],
  );
  useEffect(() => {
    void [cyclesOnScreen, changes]; // the run under way has stored another cycle; another tab has changed something
    void attempt(async () => {});
  }, [attempt, cyclesOnScreen, changes]);
  useEffect(() => {
    void listed; // read anew: a name may be another
    void guard(async () => {
      const found = await Promise.all(chosen.map((id) => lab.runs.load(id)));
      setCompared(found.filter((stored) => stored !== null));
    });
  }, [lab, guard, chosen, listed]);

  const toggle = (id: string) =>
    setChosen((ids) => (ids.includes(id) ? ids.filter((i) => i !== id) : [...ids, id].slice(-MOST_ARMS)));
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
      {compared.length > 0 && <Compare runs={compared} measure={measure} onMeasure={setMeasure} />}
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

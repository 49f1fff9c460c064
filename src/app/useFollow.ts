import { useEffect } from "react";
import type { Lab } from "./lab.ts";
import { labStatus, showStoredRun, useRunStore } from "./stores/runStore.ts";

const LOOK_MS = 2000;

/**
 * While another tab trains, shows what it stores where no event of it has come yet (otherTabs.ts brings those), and ends
 * when that run has ended or its tab is gone.
 */
export function useFollow(lab: Lab): void {
  const elsewhere = useRunStore((s) => s.elsewhere);
  useEffect(() => {
    const runId = elsewhere?.runId;
    if (!runId) return;
    let over = false;
    const look = async () => {
      const [stored, trains] = await Promise.all([
        lab.runs.load(runId).catch(() => null),
        lab.runs.trains().catch(() => undefined),
      ]);
      if (over || stored === null) return;
      const ended = labStatus({ runId, run: stored.run, live: false }) !== "interrupted";
      const silent = useRunStore.getState().progress === null || ended || trains === undefined;
      if (silent) showStoredRun(stored);
      if (ended || trains === undefined) useRunStore.setState({ elsewhere: null });
    };
    void look();
    const timer = window.setInterval(look, LOOK_MS);
    return () => {
      over = true;
      window.clearInterval(timer);
    };
  }, [lab, elsewhere]);
}

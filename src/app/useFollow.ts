import { useEffect } from "react";
import type { Lab } from "./lab.ts";
import { labStatus, showStoredRun, useRunStore } from "./stores/runStore.ts";

const LOOK_MS = 2000;

/** While another tab trains, shows what it stores; ends when that run has ended. */
export function useFollow(lab: Lab): void {
  const elsewhere = useRunStore((s) => s.elsewhere);
  useEffect(() => {
    const runId = elsewhere?.runId;
    if (!runId) return;
    let over = false;
    const look = async () => {
      const stored = await lab.runs.load(runId).catch(() => null);
      if (over || stored === null) return;
      showStoredRun(stored);
      if (labStatus({ runId, run: stored.run, live: false }) !== "interrupted") {
        useRunStore.setState({ elsewhere: null });
      }
    };
    void look();
    const timer = window.setInterval(look, LOOK_MS);
    return () => {
      over = true;
      window.clearInterval(timer);
    };
  }, [lab, elsewhere]);
}

/** What the Run and Step buttons do in each state: one table for buttons, keys and tests. */
import type { RunRecord } from "../core/run.ts";
import type { LabStatus } from "./stores/runStore.ts";

export type Action = "start" | "pause" | "resume" | "none";

export interface Controls {
  primary: { label: string; action: Action };
  step: "start" | "step" | "resume" | "none"; // how a single step is asked for
  canStop: boolean;
  canStartNew: boolean; // beside the primary action
}

const none = (label: string): Controls => ({
  primary: { label, action: "none" },
  step: "none",
  canStop: false,
  canStartNew: false,
});

/**
 * @param notReady what the button says while no run can start; null when one can
 * @param run the stored record; an interrupted run without checkpoint begins again by its own settings
 */
export function controlsFor(status: LabStatus, run: RunRecord | null, notReady: string | null): Controls {
  const start: Controls =
    notReady === null
      ? { primary: { label: "Run", action: "start" }, step: "start", canStop: false, canStartNew: false }
      : none(notReady);
  switch (status) {
    case "none":
      return start;
    case "preparing":
      return { ...none("Preparing…"), canStop: true };
    case "running":
      return {
        primary: { label: "Pause", action: "pause" },
        step: "none",
        canStop: true,
        canStartNew: false,
      };
    case "pausing":
      return { ...none("Pausing…"), canStop: true };
    case "paused":
      return {
        primary: { label: "Resume", action: "resume" },
        step: "step",
        canStop: true,
        canStartNew: false,
      };
    case "interrupted":
    case "stopped":
    case "failed": {
      const label = run?.checkpointId ? "Resume" : run && status === "interrupted" ? "Begin again" : null;
      if (label === null || notReady !== null) return start;
      return {
        primary: { label, action: "resume" },
        step: "resume",
        canStop: false,
        canStartNew: true,
      };
    }
    case "finished":
      return start.primary.action === "none"
        ? start
        : { ...start, primary: { label: "New run", action: "start" } };
  }
}

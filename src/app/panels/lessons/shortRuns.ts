/**
 * Short runs that a lesson may start on the visitor's own machine: a few questions of the built-in archive, minutes even on a
 * software GPU. How long they took where they were measured is written into the settings' file by test/bench/shortRuns.mjs.
 */
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { parseRunConfig, type RunConfig } from "../../../core/config.ts";
import { reportError } from "../../../core/errors.ts";
import { factsOf } from "../../../core/runFile.ts";
import { beginRun, newRunId, openStoredRun } from "../../actions.ts";
import type { Lab } from "../../lab.ts";
import { layOut } from "../../queue.ts";
import type { RecordedRun } from "../../recorded.ts";
import { sameValue } from "../../settings.ts";
import { type StoredRun, useRunStore } from "../../stores/runStore.ts";
import settings from "./shortRuns.json" with { type: "json" };

export type ShortName = keyof typeof settings.runs;

export const shortConfig = (name: ShortName): RunConfig =>
  parseRunConfig({ ...settings.every, ...settings.runs[name] });

/** Where and how long they took, measured; null where they were not. */
export const SHORT_TOOK = settings.took as {
  date: string;
  gpuAdapter: string;
  seconds: Record<ShortName, number>;
  flopsPerSecond: number; // of a matrix product, on the same adapter
} | null;

/** Which stored run is whose; kept over reloads. */
export const useShortRuns = create<{ ids: Partial<Record<ShortName, string>> }>()(
  persist((): { ids: Partial<Record<ShortName, string>> } => ({ ids: {} }), {
    name: "closed-book-lessons",
    version: 1,
  }),
);

/** Short runs as they are stored; of another version's settings none is there. */
export async function loadShortRuns(lab: Lab): Promise<Partial<Record<ShortName, StoredRun>>> {
  const { ids } = useShortRuns.getState();
  const found: Partial<Record<ShortName, StoredRun>> = {};
  for (const [name, id] of Object.entries(ids) as [ShortName, string][]) {
    const stored = await lab.runs.load(id);
    if (stored && sameValue(stored.run.config, shortConfig(name))) found[name] = stored;
  }
  return found;
}

/** One's own run, as a lesson reads a recorded one; only a finished one tells anything. */
export const asRecorded = ({ run, rows, answers }: StoredRun): RecordedRun | null =>
  run.status === "finished"
    ? { ...factsOf(run), note: null, rows: [...rows], answers: [...answers], questions: null, adapter: null }
    : null;

/** Starts a short run, or goes on with one that was cut off. Answers what stands against it; null where nothing does. */
export async function runShort(lab: Lab, name: ShortName, stored: StoredRun | null): Promise<string | null> {
  const config = shortConfig(name);
  useRunStore.setState({ failure: null });
  try {
    await layOut(lab, config.model, config.data, config.embedder, new AbortController().signal);
  } catch (error) {
    return reportError(error).message;
  }
  if (stored?.run.checkpointId) {
    if (!(await openStoredRun(lab, stored.run.id))) return "another run is under way";
    lab.train?.send("resume", { runId: stored.run.id, step: false });
    return null;
  }
  const id = newRunId();
  useShortRuns.setState(({ ids }) => ({ ids: { ...ids, [name]: id } }));
  beginRun(lab, id, `Lesson: ${TITLES[name]}`, config);
  return null;
}

const TITLES: Record<ShortName, string> = {
  gap: "what the gap is",
  brief: "brief answers",
  both: "answers and reasons",
};

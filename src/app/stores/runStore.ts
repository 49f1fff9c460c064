/**
 * What the page knows of the worker and of the run on screen: a mirror of `TrainEvent`s. Nothing here is computed by the
 * page; after a reload `showStoredRun` fills it from the database instead.
 */
import { create } from "zustand";
import type { ErrorReport } from "../../core/errors.ts";
import type { EngineInfo, Progress, TrainEvent } from "../../core/messages.ts";
import {
  bestCycle,
  type CycleAnswers,
  type CycleRow,
  type MetricRow,
  type Question,
  type RunRecord,
  type RunStatus,
  type UpdateRow,
} from "../../core/run.ts";

const KEEP_UPDATES = 2000; // older ones are read from the database when asked for

export interface RunState {
  engine: EngineInfo | null;
  prepared: boolean; // shaders built and self-tested
  flopsPerSecond: number | null; // of a matrix product, as measured then
  runId: string | null; // the run on screen; events of other runs are dropped
  run: RunRecord | null;
  live: boolean; // a worker of this page has it; false for a run read from the database
  progress: Progress | null;
  cycles: CycleRow[];
  updates: UpdateRow[];
  answers: CycleAnswers[];
  questions: readonly Question[] | null; // the held-out ones, where they came with the run's file
  elsewhere: { runId: string | null } | null; // another tab trains
  changes: number; // to what is stored of runs, by other tabs, as far as was heard
  adapters: string[]; // loaded to be asked, beside the run's own
  failure: { runId: string | null; error: ErrorReport } | null;
}

const NO_RUN = {
  runId: null,
  run: null,
  live: false,
  progress: null,
  cycles: [],
  updates: [],
  answers: [],
  questions: null,
  failure: null,
};

export const useRunStore = create<RunState>(() => ({
  engine: null,
  prepared: false,
  flopsPerSecond: null,
  elsewhere: null,
  changes: 0,
  adapters: [],
  ...NO_RUN,
}));

/** A later row of the same cycle or update (after a resume) replaces the earlier one. */
function mergeBy<T>(old: readonly T[], fresh: readonly T[], key: (row: T) => number): T[] {
  if (fresh.length === 0) return [...old];
  const first = Math.min(...fresh.map(key));
  return [...old.filter((row) => key(row) < first), ...fresh];
}

const cycleRows = (rows: readonly MetricRow[]) => rows.filter((r): r is CycleRow => r.type === "cycle");
const updateRows = (rows: readonly MetricRow[]) => rows.filter((r): r is UpdateRow => r.type === "update");

/** Clears the screen for a run that is about to start. */
export function expectRun(runId: string): void {
  useRunStore.setState({ ...NO_RUN, runId, live: true, elsewhere: null });
}

/** Back to the state before a run; nothing stored is touched. */
export function closeRun(): void {
  useRunStore.setState(NO_RUN);
}

/** Another model is on its way: what was known of the one before is over. */
export function expectModel(): void {
  useRunStore.setState(({ failure }) => ({
    engine: null,
    prepared: false,
    failure: failure?.runId === null ? null : failure,
  }));
}

/** The cycle whose adapter answers and leaves: the best one by the measure a person chose, else the last. */
export const usedCycle = (run: RunRecord, cycles: readonly CycleRow[]): number => {
  const by = run.label?.use ?? null;
  return (by && bestCycle(cycles, by)?.cycle) ?? run.imported?.adapter ?? run.cycle;
};

/** Whether there is an adapter of the run's own to ask and to take away. */
export const hasAdapter = (run: RunRecord): boolean =>
  run.checkpointId !== null || (run.imported?.adapter ?? null) !== null;

export interface StoredRun {
  run: RunRecord;
  rows: readonly MetricRow[];
  answers: readonly CycleAnswers[];
  questions?: readonly Question[] | null; // the held-out ones, where they came with its file
}

/** Shows a run as the database has it. */
export function showStoredRun({ run, rows, answers, questions = null }: StoredRun): void {
  useRunStore.setState({
    ...NO_RUN,
    runId: run.id,
    run,
    cycles: cycleRows(rows),
    updates: updateRows(rows).slice(-KEEP_UPDATES),
    answers: [...answers],
    questions,
  });
}

/** All adapters that are loaded, as the worker replied. */
export function showAdapters(adapters: string[]): void {
  useRunStore.setState({ adapters });
}

/** The one writer of live state. */
export function applyTrainEvent(event: TrainEvent): void {
  const { setState, getState } = useRunStore;
  const mine = "runId" in event && event.runId === getState().runId;
  switch (event.type) {
    case "opened":
      setState(({ engine, prepared }) => ({
        engine: event.info,
        prepared: prepared && (engine === null || engine.model === event.info.model),
      }));
      break;
    case "prepared":
      setState({ prepared: true, flopsPerSecond: event.flopsPerSecond ?? null });
      break;
    case "locked":
      setState({ elsewhere: { runId: event.runId }, ...(getState().run === null ? NO_RUN : {}) });
      break;
    case "run":
      if (event.run.id !== getState().runId) break;
      setState(({ failure, run }) => ({
        run: run?.label ? { ...event.run, label: run.label } : event.run, // the worker does not know what was said since
        live: true,
        failure: event.run.status === "running" ? null : failure, // it goes on: what went wrong is over
      }));
      break;
    case "progress":
      if (mine) setState({ progress: event.progress });
      break;
    case "metrics":
      if (!mine) break;
      setState(({ cycles, updates }) => ({
        cycles: mergeBy(cycles, cycleRows(event.rows), (r) => r.cycle),
        updates: mergeBy(updates, updateRows(event.rows), (r) => r.update).slice(-KEEP_UPDATES),
      }));
      break;
    case "answers":
      if (mine) setState(({ answers }) => ({ answers: mergeBy(answers, [event.answers], (a) => a.cycle) }));
      break;
    case "failed":
      if (event.runId !== null && !mine) break;
      setState(({ run }) => ({
        ...(mine && run === null ? NO_RUN : {}), // it never began
        failure: { runId: event.runId, error: event.error },
      }));
      break;
    default:
      event satisfies never;
  }
}

/** "interrupted": stored as under way, but no worker of this page holds it (a reload, a crash). */
export type LabStatus = RunStatus | "none" | "interrupted";

/** One word for the state of the run on screen. */
export function labStatus({ runId, run, live }: Pick<RunState, "runId" | "run" | "live">): LabStatus {
  if (runId === null) return "none";
  if (run === null) return "preparing"; // asked for, not yet confirmed
  if (live) return run.status;
  const under =
    run.status === "preparing" ||
    run.status === "running" ||
    run.status === "pausing" ||
    run.status === "paused";
  return under ? "interrupted" : run.status;
}

/** Whether a worker of this page is at work on the run, or holds it paused. */
export const isActive = (status: LabStatus): boolean =>
  status === "preparing" || status === "running" || status === "pausing" || status === "paused";

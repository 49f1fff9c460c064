/**
 * Does the runs of experiments one after another. The tab that has the queue's Web Lock drives; another one waits for it and
 * goes on when that tab is closed. Nothing of the queue is kept in memory: what is planned and what became of each run are in
 * the database, so that a reload, a crash or a night goes on where it was.
 */
import { useEffect } from "react";
import { configOfRun, type Experiment, nextRun, type PlannedRun } from "../core/experiment.ts";
import type { RunRecord } from "../core/run.ts";
import { beginRun, openModel, openStoredRun } from "./actions.ts";
import type { Lab } from "./lab.ts";
import { openCorpus, useCorpusStore } from "./stores/corpusStore.ts";
import { chooseEmbedder, useDraftStore } from "./stores/draftStore.ts";
import { changeExperiment, listExperiments, useExperimentStore } from "./stores/experimentStore.ts";
import { isActive, labStatus, useRunStore } from "./stores/runStore.ts";

const QUEUE_LOCK = "closed-book queue";

export function useQueue(lab: Lab): void {
  useEffect(() => {
    const { locks }: { locks?: LockManager | null } = navigator;
    if (lab.train === null || !locks) return; // without a lock none can train
    const end = new AbortController();
    const { signal } = end;
    locks
      .request(QUEUE_LOCK, { signal }, () => drive(lab, signal))
      .catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    return () => end.abort();
  }, [lab]);
}

/** Drives the queue until it is told to stop. */
export async function drive(lab: Lab, signal: AbortSignal): Promise<void> {
  await holdPaused(lab);
  while (!signal.aborted) {
    const seen = useExperimentStore.getState().changes + useRunStore.getState().changes;
    const due = await nextDue(lab);
    if (due === null) {
      await until(
        () => useExperimentStore.getState().changes + useRunStore.getState().changes !== seen,
        signal,
      );
      continue;
    }
    await until(isFree, signal);
    if (signal.aborted) return;
    const again = await nextDue(lab); // while it waited, somebody may have paused it, or done the run
    if (again?.planned.id === due.planned.id) await doOne(lab, again, signal);
  }
}

/**
 * An experiment whose run was paused by hand before this tab took over waits until somebody says to go on: a reload or a
 * closed tab is no reason to resume what a person has paused.
 */
async function holdPaused(lab: Lab): Promise<void> {
  for (;;) {
    const due = await nextDue(lab);
    if (due?.record?.status !== "paused") return;
    await halt(lab, due.experiment.id);
  }
}

interface Due {
  experiment: Experiment;
  planned: PlannedRun;
  record: RunRecord | null;
}

/** The next run of the experiments that are going; one that has none left goes no more. */
async function nextDue(lab: Lab): Promise<Due | null> {
  const [experiments, { runs, deleted }] = await Promise.all([lab.experiments.list(), lab.runs.listAll()]);
  const records = new Map(runs.map((run) => [run.id, run]));
  const gone = new Set(deleted.map(({ id }) => id));
  for (const experiment of experiments) {
    if (!experiment.going) continue;
    const planned = nextRun(experiment, records, gone);
    if (planned !== null) return { experiment, planned, record: records.get(planned.id) ?? null };
    await halt(lab, experiment.id);
  }
  return null;
}

const halt = (lab: Lab, id: string): Promise<void> =>
  changeExperiment(lab, id, (now) => ({ ...now, going: false }));

/** Nothing is trained here or in another tab, and there is a model to train. */
function isFree(): boolean {
  const state = useRunStore.getState();
  return state.engine !== null && state.elsewhere === null && !isActive(labStatus(state));
}

/** Starts or resumes a run and waits for its end, which it notes where the run does not finish. */
async function doOne(lab: Lab, { experiment, planned, record }: Due, signal: AbortSignal): Promise<void> {
  const { id } = planned;
  const config = configOfRun(experiment, planned);
  const fail = (why: string) =>
    changeExperiment(lab, experiment.id, (now) => ({ ...now, failed: { ...now.failed, [id]: why } }));
  try {
    await layOut(lab, config.model, config.data, config.embedder, signal);
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
  if (signal.aborted) return;
  const state = useRunStore.getState;
  if (record === null) beginRun(lab, id, experiment.arms[planned.arm]!.name, config);
  else {
    if (!(await openStoredRun(lab, id))) return;
    useRunStore.setState({ failure: null });
    lab.train?.send("resume", { runId: id, step: false });
    await until(() => state().live || state().failure !== null || state().elsewhere !== null, signal);
  }
  await until(
    () =>
      state().runId !== id ||
      state().elsewhere !== null ||
      !isActive(labStatus(state())) ||
      (!state().live && state().failure !== null),
    signal,
  );
  if (signal.aborted || state().elsewhere !== null) return;
  const now = (await lab.runs.list()).find((run) => run.id === id);
  const { failure } = state();
  if (now?.status === "finished") return listExperiments(lab);
  if (now?.status === "stopped" || now?.status === "paused") return halt(lab, experiment.id);
  await fail(now?.error ?? failure?.error.message ?? "it did not start; nothing says why");
}

/** Puts a run's documents and model on the table. @throws Error why that is not possible */
export async function layOut(
  lab: Lab,
  model: string,
  data: string,
  embedder: string,
  signal: AbortSignal,
): Promise<void> {
  const draft = useDraftStore.getState();
  if (draft.model !== model) {
    openModel(lab, model);
    await until(
      () => useRunStore.getState().engine !== null || useRunStore.getState().failure !== null,
      signal,
    );
  }
  const corpus = useCorpusStore.getState;
  const onTable = draft.corpus === data && draft.embedder === embedder && corpus().error === null;
  if (onTable) await until(() => corpus().index !== null || corpus().error !== null, signal);
  else {
    chooseEmbedder(embedder);
    await openCorpus(lab, data);
  }
  const { error } = corpus();
  if (error !== null) throw new Error(error.message);
}

/** Resolves when it holds, as the stores say, or when there is nothing more to wait for. */
function until(holds: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stores = [useRunStore, useCorpusStore, useExperimentStore];
    const look = () => {
      if (!holds() && !signal.aborted) return;
      for (const stop of stops) stop();
      signal.removeEventListener("abort", look);
      resolve();
    };
    const stops = stores.map((store) => store.subscribe(look));
    signal.addEventListener("abort", look);
    look();
  });
}

/** Everything a person can make the lab do, whether by button or by key. */
import type { RunConfig } from "../core/config.ts";
import { reportError } from "../core/errors.ts";
import type { RunLabel, RunRecord } from "../core/run.ts";
import type { CorpusFiles } from "../documents/corpus.ts";
import { controlsFor } from "./controls.ts";
import { type Corpus, freeCorpusName, isOwn, ownCorpusId } from "./corpora.ts";
import type { Lab } from "./lab.ts";
import { methodName } from "./presets.ts";
import { notReady } from "./readiness.ts";
import { siteUrl } from "./site.ts";
import { indexCorpus, listOwn, openCorpus, replaceCorpus, useCorpusStore } from "./stores/corpusStore.ts";
import { checkDraft, chooseEmbedder, chooseModel, useDraftStore } from "./stores/draftStore.ts";
import { askToEdit } from "./stores/editStore.ts";
import {
  closeRun,
  expectModel,
  expectRun,
  isActive,
  labStatus,
  showStoredRun,
  useRunStore,
} from "./stores/runStore.ts";
import { lookAt, openDialog, useViewStore } from "./stores/viewStore.ts";

/** 96 random bits in hex; works on plain http too, where `randomUUID` does not. */
export const newRunId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

const current = () => {
  const state = useRunStore.getState();
  const status = labStatus(state);
  return { ...state, status, controls: controlsFor(status, state.run, notReady()) };
};

/** Starts a run with the drafted settings; a draft that does not parse opens the settings instead. */
export function startRun(lab: Lab, step = false): void {
  const { config } = checkDraft(useDraftStore.getState());
  if (config === null) openDialog("settings");
  if (config === null || notReady() !== null || lab.train === null) return;
  beginRun(lab, newRunId(), methodName(config), config, step);
}

/** Clears the screen for a run and has it started; what becomes of it is told by events. */
export function beginRun(lab: Lab, runId: string, name: string, config: RunConfig, step = false): void {
  expectRun(runId);
  useViewStore.setState({ lastRunId: runId, startedRunId: runId });
  lab.train?.send("start", { runId, name, createdAt: Date.now(), config, step });
}

/** Run, pause or resume: whatever the primary button says. */
export function pressPrimary(lab: Lab): void {
  const { runId, controls } = current();
  const { action } = controls.primary;
  if (action === "start") startRun(lab);
  else if (action === "pause" && runId !== null) lab.train?.send("pause", { runId });
  else if (action === "resume" && runId !== null) lab.train?.send("resume", { runId, step: false });
}

/** One step further, then pause; starts a run if there is none. */
export function pressStep(lab: Lab): void {
  const { runId, controls } = current();
  if (controls.step === "start") startRun(lab, true);
  else if (controls.step === "step" && runId !== null) lab.train?.send("step", { runId });
  else if (controls.step === "resume" && runId !== null) lab.train?.send("resume", { runId, step: true });
}

/** Ends the run on screen; what it stored stays. */
export function stopRun(lab: Lab): void {
  const { runId, status } = current();
  if (runId !== null && isActive(status)) lab.train?.send("stop", { runId });
}

/** Puts a stored run on screen, unless one is under way. Answers whether it did. */
export async function openStoredRun(lab: Lab, id: string): Promise<boolean> {
  if (isActive(current().status)) return useRunStore.getState().runId === id;
  const stored = await lab.runs.load(id);
  if (stored === null || isActive(current().status)) return false;
  showStoredRun(stored);
  const { data, model, embedder } = stored.run.config;
  const draft = useDraftStore.getState();
  if (draft.model !== model) openModel(lab, model); // its answers are this model's
  chooseEmbedder(embedder);
  if (draft.corpus !== data || draft.embedder !== embedder) void openCorpus(lab, data); // its passages are these
  useViewStore.setState({ lastRunId: id });
  return true;
}

/**
 * The run to show after a load: the one last on screen, or a newer one that was under way. What a browser keeps for
 * `lastRunId` reaches the disk late, so that a crash in a run's first seconds takes it; the database has the run.
 */
export async function lastRun(lab: Lab): Promise<string | null> {
  const { lastRunId, startedRunId } = useViewStore.getState();
  const [newest] = await lab.runs.list();
  const known = newest === undefined || newest.id === startedRunId || newest.id === lastRunId;
  const older = startedRunId === null && lastRunId !== null; // kept before `startedRunId` was
  const underWay = newest && labStatus({ runId: newest.id, run: newest, live: false }) === "interrupted";
  return !known && !older && underWay ? newest.id : lastRunId;
}

/** Takes another corpus for the next run; a run about other documents leaves the screen, and stays stored. */
export async function takeCorpus(lab: Lab, id: string, given: Corpus | null = null): Promise<boolean> {
  if (isActive(current().status)) return false;
  leaveRunUnless(({ data }) => data === id);
  lookAt("test", 0);
  return openCorpus(lab, id, given);
}

export interface Kept {
  name: string;
  onTable: boolean; // false while a run is under way, whose documents stay
}

/** Stores documents and questions as a corpus of one's own, in nobody's place. @returns null when it could not be; the corpus store says why */
export async function keepCorpus(lab: Lab, wanted: string, files: CorpusFiles): Promise<Kept | null> {
  const name = freeCorpusName(wanted, await lab.corpora.list());
  const corpus: Corpus = { ...files, id: ownCorpusId(name), name }; // the files may be another corpus
  const onTable = !isActive(current().status);
  if (!onTable) await indexCorpus(lab, corpus, true);
  else if (!(await takeCorpus(lab, corpus.id, corpus))) return null;
  await listOwn(lab);
  return { name, onTable };
}

/**
 * Changes the corpus on the table, one's own, and has what is new of it indexed; where that fails all is as it was. A copy
 * is changed in its place, where a person says so of unfinished runs.
 * @returns whether it was changed; the corpus store says why not
 */
export async function changeCorpus(lab: Lab, change: (corpus: Corpus) => Corpus): Promise<boolean> {
  const { current: corpus } = useCorpusStore.getState();
  if (corpus === null || !isOwn(corpus.id) || isActive(current().status)) return false;
  try {
    await lab.corpora.requireFree(corpus.id);
  } catch (error) {
    useCorpusStore.setState({ error: reportError(error) });
    return false;
  }
  const how = await askToEdit(lab, corpus);
  if (how === "copy") return (await copyCorpus(lab, corpus, change(corpus))) !== null;
  return how === "change" && (await replaceCorpus(lab, change(corpus)));
}

/** A corpus of its own out of another one's files, with that one's review of questions. */
export async function copyCorpus(lab: Lab, { id, name }: Corpus, files: CorpusFiles): Promise<Kept | null> {
  const review = await lab.reviews.load(id);
  const kept = await keepCorpus(lab, name, files);
  if (kept !== null && review !== null) await lab.reviews.save(ownCorpusId(kept.name), review);
  return kept;
}

/** Takes another model for the next run; a run with another one leaves the screen, and stays stored. */
export function takeModel(lab: Lab, model: string): void {
  if (isActive(current().status)) return;
  leaveRunUnless((config) => config.model === model);
  openModel(lab, model);
}

/** Takes another embedder for the next run and indexes anew; a run with another one leaves the screen, and stays stored. */
export async function takeEmbedder(lab: Lab, embedder: string): Promise<void> {
  if (isActive(current().status)) return;
  leaveRunUnless((config) => config.embedder === embedder);
  chooseEmbedder(embedder);
  await openCorpus(lab, useDraftStore.getState().corpus, useCorpusStore.getState().current);
}

/** Puts the draft's model and documents on the table, after a link or a file has changed it; a run leaves the screen, and stays stored. */
export async function takeDraft(lab: Lab): Promise<boolean> {
  if (isActive(current().status)) return false;
  leaveRunUnless(() => false);
  const { model, corpus } = useDraftStore.getState();
  openModel(lab, model);
  return openCorpus(lab, corpus);
}

function leaveRunUnless(isSame: (config: RunConfig) => boolean): void {
  const { run } = useRunStore.getState();
  if (run !== null && isSame(run.config)) return;
  closeRun();
  useViewStore.setState({ lastRunId: null });
}

/** Makes a model the draft's and has the worker load it. */
export function openModel(lab: Lab, model: string): void {
  chooseModel(model);
  if (lab.train === null) return;
  expectModel();
  lab.train.send("open", { site: siteUrl(""), model });
  lab.train.send("prepare", null);
}

/** Deletes a run, which can be put back for a day; takes it off the screen if it is there. */
export async function deleteRun(lab: Lab, run: RunRecord): Promise<void> {
  await lab.runs.remove(run.id);
  if (useRunStore.getState().runId === run.id) closeRun();
  if (useViewStore.getState().lastRunId === run.id) useViewStore.setState({ lastRunId: null });
}

/** Says something of a run: its name, a note, a colour, which of its adapters is used. */
export async function labelRun(lab: Lab, id: string, change: Partial<RunLabel>): Promise<void> {
  const label = await lab.runs.label(id, change);
  useRunStore.setState(({ run }) => (run?.id === id ? { run: { ...run, label } } : {}));
}

/** Goes on with a finished run for more cycles, on the lab's screen. Answers whether it could be put there. */
export async function extendRun(lab: Lab, id: string, cycles: number): Promise<boolean> {
  const shown = useRunStore.getState().runId === id && !isActive(current().status);
  if (!shown && !(await openStoredRun(lab, id))) return false;
  lab.train?.send("extend", { runId: id, cycles });
  return true;
}

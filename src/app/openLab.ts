/** Puts the page together: workers, database, the model, the corpus, and the run that was last on screen. */
import { reportError } from "../core/errors.ts";
import type { TrainEvent } from "../core/messages.ts";
import { type LabDb, openLabDb } from "../storage/db.ts";
import { purgeRuns } from "../storage/runs.ts";
import { lastRun, openStoredRun, takeDraft } from "./actions.ts";
import { ARCHIVE, openCorpora } from "./corpora.ts";
import { openExperiments } from "./experiments.ts";
import { isHeld } from "./held.ts";
import type { Lab } from "./lab.ts";
import { openOtherTabs } from "./otherTabs.ts";
import { openReviews } from "./reviews.ts";
import { codeIn, openLink } from "./share.ts";
import { siteUrl } from "./site.ts";
import { openStoredRuns, telling } from "./storedRuns.ts";
import { openCorpus, useCorpusStore } from "./stores/corpusStore.ts";
import { noteModel, useDraftStore } from "./stores/draftStore.ts";
import { applyTrainEvent } from "./stores/runStore.ts";
import { useViewStore } from "./stores/viewStore.ts";
import {
  openDocumentsClient,
  openMapClient,
  openModelsClient,
  openRetrievalClient,
  openTrainClient,
  startDocumentsWorker,
  startMapWorker,
  startModelsWorker,
  startRetrievalWorker,
  startTrainWorker,
} from "./workers.ts";

/** Starts everything at once; what arrives later shows itself through the stores. */
export function openLab(): Lab {
  const hear = (event: TrainEvent): void => {
    if (event.type === "opened") noteModel(event.info);
    applyTrainEvent(event);
    others.tell(event);
  };
  const db = openLabDb(fail);
  const stored = openStoredRuns(db);
  const others = openOtherTabs(stored);
  const retrieval = openRetrievalClient(startRetrievalWorker());
  const train = "gpu" in navigator ? openTrainClient(startTrainWorker(), hear) : null;
  const lab: Lab = {
    train,
    retrieval,
    documents: openDocumentsClient(startDocumentsWorker),
    runs: telling(stored, others.changed),
    corpora: openCorpora(db),
    reviews: openReviews(db),
    experiments: openExperiments(db, others.changed),
    models: openModelsClient(startModelsWorker),
    maps: openMapClient(startMapWorker),
  };

  void purge(db);
  void start(lab).catch(fail);
  return lab;
}

const fail = (error: unknown): void =>
  applyTrainEvent({ type: "failed", runId: null, error: reportError(error) });

/** Connects the workers and shows what a link names, else what was last on screen. */
async function start(lab: Lab): Promise<void> {
  const linked = await openLink(window.location.hash);
  window.addEventListener("hashchange", () => void openLinkLater(lab));
  const { train, retrieval } = lab;
  if (train) {
    const { port1, port2 } = new MessageChannel();
    retrieval.ask("connect", { port: port1 }, { transfer: [port1] }).catch(fail);
    train.ask("connect", { port: port2 }, { transfer: [port2] }).catch(fail);
    train.send("open", { site: siteUrl(""), model: useDraftStore.getState().model });
  }
  void openFirstCorpus(lab).then(() => isHeld() || train?.send("prepare", null)); // not before: both take the whole processor
  const id = linked ? null : await lastRun(lab);
  if (id !== null && !(await openStoredRun(lab, id))) await noteGone(lab, id);
}

/** The run that was last on screen is not stored. Where no other one is either, the browser has thrown all away. */
async function noteGone(lab: Lab, id: string): Promise<void> {
  const { runs, deleted, unread } = await lab.runs.listAll();
  const gone = runs.length + deleted.length + unread.length === 0;
  if (useViewStore.getState().lastRunId === id) useViewStore.setState({ lastRunId: null, gone });
}

/** A link that was put into the address of an open page. */
async function openLinkLater(lab: Lab): Promise<void> {
  if (codeIn(window.location.hash) !== null && (await openLink(window.location.hash))) await takeDraft(lab);
}

const DELETED_STAY_MS = 86_400_000; // a day

async function purge(opening: Promise<LabDb>): Promise<void> {
  try {
    await purgeRuns(await opening, Date.now() - DELETED_STAY_MS);
  } catch {
    // they stay in the list of the deleted, where they can be deleted by hand
  }
}

/** The corpus last used, or the archive when that is gone. */
async function openFirstCorpus(lab: Lab): Promise<void> {
  await openCorpus(lab, useDraftStore.getState().corpus);
  if (useCorpusStore.getState().current === null) await openCorpus(lab, ARCHIVE);
}

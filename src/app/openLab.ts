/** Puts the page together: workers, database, the model, the corpus, and the run that was last on screen. */
import { reportError } from "../core/errors.ts";
import type { TrainEvent } from "../core/messages.ts";
import { openLabDb } from "../storage/db.ts";
import { lastRun, openStoredRun } from "./actions.ts";
import { ARCHIVE, openCorpora } from "./corpora.ts";
import type { Lab } from "./lab.ts";
import { openReviews } from "./reviews.ts";
import { siteUrl } from "./site.ts";
import { openStoredRuns } from "./storedRuns.ts";
import { openCorpus, useCorpusStore } from "./stores/corpusStore.ts";
import { noteModel, useDraftStore } from "./stores/draftStore.ts";
import { applyTrainEvent } from "./stores/runStore.ts";
import {
  openDocumentsClient,
  openModelsClient,
  openRetrievalClient,
  openTrainClient,
  startDocumentsWorker,
  startModelsWorker,
  startRetrievalWorker,
  startTrainWorker,
} from "./workers.ts";

/** Starts everything at once; what arrives later shows itself through the stores. */
export function openLab(): Lab {
  const fail = (error: unknown) =>
    applyTrainEvent({ type: "failed", runId: null, error: reportError(error) });
  const hear = (event: TrainEvent): void => {
    if (event.type === "opened") noteModel(event.info);
    applyTrainEvent(event);
  };
  const db = openLabDb(fail);
  const retrieval = openRetrievalClient(startRetrievalWorker());
  const train = "gpu" in navigator ? openTrainClient(startTrainWorker(), hear) : null;
  const lab: Lab = {
    train,
    retrieval,
    documents: openDocumentsClient(startDocumentsWorker),
    runs: openStoredRuns(db),
    corpora: openCorpora(db),
    reviews: openReviews(db),
    models: openModelsClient(startModelsWorker),
  };

  if (train) {
    const { port1, port2 } = new MessageChannel();
    retrieval.ask("connect", { port: port1 }, { transfer: [port1] }).catch(fail);
    train.ask("connect", { port: port2 }, { transfer: [port2] }).catch(fail);
    train.send("open", { site: siteUrl(""), model: useDraftStore.getState().model });
  }
  void openFirstCorpus(lab).then(() => train?.send("prepare", null)); // not before: both take the whole processor
  lastRun(lab)
    .then((id) => id !== null && openStoredRun(lab, id))
    .catch(fail);
  return lab;
}

/** The corpus last used, or the archive when that is gone. */
async function openFirstCorpus(lab: Lab): Promise<void> {
  await openCorpus(lab, useDraftStore.getState().corpus);
  if (useCorpusStore.getState().current === null) await openCorpus(lab, ARCHIVE);
}

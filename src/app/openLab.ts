/** Puts the page together: workers, database, the model, the corpus, and the run that was last on screen. */
import { reportError } from "../core/errors.ts";
import { openLabDb } from "../storage/db.ts";
import { openStoredRun } from "./actions.ts";
import { ARCHIVE, openCorpora } from "./corpora.ts";
import type { Lab } from "./lab.ts";
import { openModelsClient, startModelsWorker } from "./modelsClient.ts";
import { openRetrievalClient, startRetrievalWorker } from "./retrievalClient.ts";
import { siteUrl } from "./site.ts";
import { openStoredRuns } from "./storedRuns.ts";
import { openCorpus, useCorpusStore } from "./stores/corpusStore.ts";
import { useDraftStore } from "./stores/draftStore.ts";
import { applyTrainEvent } from "./stores/runStore.ts";
import { useViewStore } from "./stores/viewStore.ts";
import { openTrainClient, startTrainWorker } from "./trainClient.ts";

/** Starts everything at once; what arrives later shows itself through the stores. */
export function openLab(): Lab {
  const fail = (error: unknown) =>
    applyTrainEvent({ type: "failed", runId: null, requestId: null, error: reportError(error) });
  const db = openLabDb(fail);
  const retrieval = openRetrievalClient(startRetrievalWorker());
  const train = "gpu" in navigator ? openTrainClient(startTrainWorker(), applyTrainEvent) : null;
  const lab: Lab = {
    train,
    retrieval,
    runs: openStoredRuns(db),
    corpora: openCorpora(db),
    models: openModelsClient(startModelsWorker),
  };

  if (train) {
    const channel = new MessageChannel();
    retrieval.connect(channel.port1);
    train.connect(channel.port2);
    train.send({ type: "open", site: siteUrl(""), model: useDraftStore.getState().model });
  }
  void openFirstCorpus(lab).then(() => train?.send({ type: "prepare" })); // not before: both take the whole processor
  const { lastRunId } = useViewStore.getState();
  if (lastRunId !== null) openStoredRun(lab, lastRunId).catch(fail);
  return lab;
}

/** The corpus last used, or the archive when that is gone. */
async function openFirstCorpus(lab: Lab): Promise<void> {
  await openCorpus(lab, useDraftStore.getState().corpus);
  if (useCorpusStore.getState().current === null) await openCorpus(lab, ARCHIVE);
}

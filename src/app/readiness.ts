/** Why a run cannot start yet, in the order in which things arrive. */
import { isHeld, useHeld } from "./held.ts";
import { type CorpusState, useCorpusStore } from "./stores/corpusStore.ts";
import { type RunState, useRunStore } from "./stores/runStore.ts";

/** What the Run button says while it cannot run; null when it can. */
export function whyNotReady(
  run: Pick<RunState, "engine" | "elsewhere" | "failure">,
  corpus: CorpusState,
): string | null {
  if (run.elsewhere !== null) return "Training in another tab";
  if (run.engine === null) return run.failure ? "No model" : "Loading the model…";
  if (corpus.current === null) return corpus.error ? "No documents" : "Loading the documents…";
  if (corpus.current.documents.length === 0) return "No documents yet";
  if (corpus.current.train.length === 0) return "No questions yet";
  if (corpus.index === null) return corpus.error ? "No index" : "Indexing…";
  return null;
}

export const notReady = (): string | null =>
  isHeld() ? "A recorded run is shown" : whyNotReady(useRunStore.getState(), useCorpusStore.getState());

export function useNotReady(): string | null {
  const run = useRunStore();
  const corpus = useCorpusStore();
  return useHeld() ? "A recorded run is shown" : whyNotReady(run, corpus);
}

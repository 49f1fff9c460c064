/** What a run still waits for, in the order in which it arrives. */
import { useCorpusStore } from "./stores/corpusStore.ts";
import { useRunStore } from "./stores/runStore.ts";

const say = (engine: unknown, corpus: ReturnType<typeof useCorpusStore.getState>): string | null => {
  if (engine === null) return "the model";
  if (corpus.current === null) return "the documents";
  if (corpus.current.train.length === 0) return "questions";
  if (corpus.index === null) return "the index";
  return null;
};

/** A noun for "Waiting for …", or null when a run could start now. */
export const waitingFor = (): string | null => say(useRunStore.getState().engine, useCorpusStore.getState());

export function useWaitingFor(): string | null {
  const engine = useRunStore((s) => s.engine);
  const corpus = useCorpusStore();
  return say(engine, corpus);
}

/** Whether the page may be reloaded without loss: no run, nothing read, indexed or downloaded, nothing half written. */
import { useEffect } from "react";
import { create } from "zustand";
import { useCorpusStore } from "./stores/corpusStore.ts";
import { useModelStore } from "./stores/modelStore.ts";
import { isActive, labStatus, useRunStore } from "./stores/runStore.ts";
import { useViewStore } from "./stores/viewStore.ts";

const useUnsavedStore = create<{ count: number }>(() => ({ count: 0 }));

/** Says, while `unsaved`, that this part of the page holds something that a reload would lose. */
export function useUnsaved(unsaved: boolean): void {
  useEffect(() => {
    if (!unsaved) return;
    const by = (step: number) => useUnsavedStore.setState(({ count }) => ({ count: count + step }));
    by(1);
    return () => by(-1);
  }, [unsaved]);
}

/** Where each of what a reload would break off is written down. */
const STORES = [useRunStore, useCorpusStore, useModelStore, useViewStore, useUnsavedStore] as const;

export function isIdle(): boolean {
  const run = useRunStore.getState();
  return (
    !isActive(labStatus(run)) &&
    run.elsewhere === null &&
    useCorpusStore.getState().indexing === null &&
    Object.keys(useModelStore.getState().downloads).length === 0 &&
    useViewStore.getState().dialog === null &&
    useUnsavedStore.getState().count === 0
  );
}

/** Hears whenever what `isIdle` looks at changes. Answers how to stop hearing. */
export function onIdleChange(hear: () => void): () => void {
  const stops = STORES.map((store) => store.subscribe(hear));
  return () => {
    for (const stop of stops) stop();
  };
}

/**
 * What other tabs do: the worker's events of a run that another tab trains are shown here as they come, and a list of runs
 * that was changed there is read anew. A tab that is closed or killed falls silent; `useFollow` sees that its lock is gone.
 */

import { LabError } from "../core/errors.ts";
import type { TrainEvent } from "../core/messages.ts";
import type { StoredRuns } from "./storedRuns.ts";
import { applyTrainEvent, isActive, labStatus, showStoredRun, useRunStore } from "./stores/runStore.ts";

const CHANNEL = "closed-book";

type Word = { about: "event"; event: TrainEvent } | { about: "runs" };

/** An end of the channel between the page's tabs; a browser without one has tabs that find out by looking. */
export interface OtherTabs {
  /** Tells the other tabs what the worker of this one said. */
  tell(event: TrainEvent): void;
  /** Tells them that what is stored of runs was changed by hand. */
  changed(): void;
  close(): void;
}

export function openOtherTabs(runs: Pick<StoredRuns, "load">): OtherTabs {
  if (typeof BroadcastChannel === "undefined") return { tell() {}, changed() {}, close() {} };
  const channel = new BroadcastChannel(CHANNEL);
  const say = (word: Word): void => channel.postMessage(word);
  let shown: Promise<void> = Promise.resolve(); // events wait until what was stored before them is on screen
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data.about === "runs") return useRunStore.setState(({ changes }) => ({ changes: changes + 1 }));
    const { event } = data;
    shown = shown.then(() => follow(event, runs)).catch(() => {}); // what is stored is shown by `useFollow` all the same
  };
  return {
    tell(event) {
      if (event.type !== "opened" && event.type !== "prepared" && event.type !== "locked")
        say({ about: "event", event });
    },
    changed: () => say({ about: "runs" }),
    close: () => channel.close(),
  };
}

/** Shows an event of a run that another tab trains, unless one is under way here. */
async function follow(event: TrainEvent, runs: Pick<StoredRuns, "load">): Promise<void> {
  const state = useRunStore.getState();
  const mine = state.live && isActive(labStatus(state));
  const runId = event.type === "run" ? event.run.id : "runId" in event ? event.runId : null;
  if (mine || runId === null) return;
  if (event.type === "run" && ENDED.includes(event.run.status)) {
    useRunStore.setState(({ changes }) => ({ changes: changes + 1, elsewhere: null }));
  } else if (state.elsewhere?.runId !== runId) useRunStore.setState({ elsewhere: { runId } });
  if (useRunStore.getState().runId !== runId) {
    const stored = await runs.load(runId);
    if (stored === null) throw new LabError("not-found", `the run ${runId} is not stored yet`);
    showStoredRun(stored);
  }
  applyTrainEvent(event);
  useRunStore.setState({ live: false }); // no worker of this page has it
}

const ENDED: readonly string[] = ["finished", "stopped", "failed"];

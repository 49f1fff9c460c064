/** What decides a step: a recorded run, or one on this machine, with its time before it is started. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { day, duration, integer } from "../../format.ts";
import { LONGEST, longTime, reckonedSeconds, tryHere, useHeld } from "../../held.ts";
import { useLab } from "../../lab.ts";
import { isActive, labStatus, type StoredRun, useRunStore } from "../../stores/runStore.ts";
import { useViewStore } from "../../stores/viewStore.ts";
import { useTimes } from "../experiments/useTimes.ts";
import { ProgressLine } from "../lab/ProgressLine.tsx";
import { runShort, SHORT_TOOK, type ShortName, shortConfig, useShortRuns } from "./shortRuns.ts";

export type Source = "recorded" | "here";

export interface DecideByProps {
  name: ShortName;
  source: Source;
  done: boolean; // it was run here before
  choose(source: Source): void;
}

/** Before the prediction: what will decide it. */
export function DecideBy({ name, source, done, choose }: DecideByProps): ReactNode {
  const { train } = useLab();
  const config = shortConfig(name);
  const [seconds] = useTimes([config]);
  const held = useHeld();
  const tried = useViewStore((s) => s.tryHere);
  const reckoned = useRunStore((s) => reckonedSeconds(s.flopsPerSecond, name));
  const expected = seconds ?? reckoned;
  const slow = !tried && expected !== null && expected > LONGEST;
  if (train === null)
    return (
      <p className="hint">
        A recorded run decides: this browser trains nothing without WebGPU, and walks through all that was
        recorded.
      </p>
    );
  if ((held || slow) && !done)
    return (
      <p className="hint">
        A recorded run decides:{" "}
        {held || expected === null
          ? "this device may end a page that trains, at any moment and without a word."
          : `on this machine a run would take about ${longTime(expected)}, ${seconds === null ? "as reckoned from how fast it multiplies" : "as measured here"}.`}{" "}
        <button type="button" className="link" onClick={tryHere}>
          Try it here
        </button>{" "}
        all the same, or have <a href="#/lesson/one">a question of your own</a> scored as it stands before any
        training.
      </p>
    );
  const measured = SHORT_TOOK && {
    ...SHORT_TOOK,
    of: /llvmpipe|swiftshader/i.test(SHORT_TOOK.gpuAdapter) ? "a software GPU" : SHORT_TOOK.gpuAdapter,
  };
  const time =
    seconds !== null && seconds !== undefined
      ? `about ${duration(seconds)}, as measured here`
      : reckoned !== null && reckoned > LONGEST
        ? `about ${longTime(reckoned)}, as reckoned from how fast it multiplies`
        : measured
          ? `${duration(measured.seconds[name])} on ${measured.of} (${day(Date.parse(measured.date))}); here it was not measured yet`
          : "its time was not measured yet";
  return (
    <fieldset className="decide-by">
      <legend>What decides</legend>
      <label>
        <input type="radio" checked={source === "recorded"} onChange={() => choose("recorded")} /> a recorded
        run
      </label>
      <label>
        <input type="radio" checked={source === "here"} onChange={() => choose("here")} />{" "}
        {done ? (
          "the run that was done here"
        ) : (
          <>
            a run here, when you have predicted: {integer(config.questions)} questions of the built-in
            archive, {integer(config.cycles)} cycles; <b>{time}</b>
          </>
        )}
      </label>
    </fieldset>
  );
}

export interface RunHereProps {
  name: ShortName;
  stored: StoredRun | null;
  giveUp(): void; // the recorded run decides after all
}

/** After the prediction: the run under way, and what to do where it does not come to its end. */
export function RunHere({ name, stored, giveUp }: RunHereProps): ReactNode {
  const lab = useLab();
  const id = useShortRuns((s) => s.ids[name]);
  const { runId, progress, failure, elsewhere } = useRunStore();
  const status = useRunStore(labStatus);
  const [fault, setFault] = useState<string | null>(null);
  const begun = useRef(false);
  const mine = runId !== null && runId === id;
  const busy = isActive(status);
  const begin = () => {
    setFault(null);
    void runShort(lab, name, stored).then(setFault);
  };
  const free = !busy && elsewhere === null;
  useEffect(() => {
    if (begun.current || !free) return;
    begun.current = true;
    begin();
  });

  const why =
    fault ??
    (elsewhere !== null
      ? "Another tab is training; one tab trains at a time."
      : busy && !mine
        ? "Another run is under way on the Lab page."
        : (failure?.error.message ?? null));
  return (
    <div className="run-here" aria-live="polite">
      {mine && busy && status !== "paused" ? (
        progress ? (
          <ProgressLine progress={progress} status={status} />
        ) : (
          <p>Getting ready.</p>
        )
      ) : (
        <p>
          {why ?? (mine && status === "paused" ? "The run is paused." : "The run has not come to its end.")}{" "}
          {mine && status === "paused" && id !== undefined && (
            <button
              type="button"
              className="link"
              onClick={() => lab.train?.send("resume", { runId: id, step: false })}
            >
              Go on
            </button>
          )}
          {free && begun.current && (
            <button type="button" className="link" onClick={begin}>
              {stored?.run.checkpointId ? "Go on with it" : "Begin it again"}
            </button>
          )}
        </p>
      )}
      <button type="button" className="link" onClick={giveUp}>
        Let the recorded run decide
      </button>
    </div>
  );
}

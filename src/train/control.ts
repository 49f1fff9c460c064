/**
 * The hand on a running cycle: pause, step, resume and stop. They take effect between two updates or two measurements,
 * never inside one.
 */
export interface Control {
  pause(): void;
  resume(): void;
  /** Does one update, or the rest of the phase before it, and pauses. */
  step(): void;
  stop(): void;
  /**
   * Called by the cycle between two pieces of work. Where it is to pause or stop, `hold` runs once first; while paused
   * it waits. Resolves to false once stopped. A step ends only where `stepEnds`.
   */
  between(stepEnds: boolean, hold: () => Promise<void>): Promise<boolean>;
}

type State = "running" | "stepping" | "paused" | "stopped";

/** `onPaused` hears when the run has come to stand, what it has reached being stored. */
export function openControl(mode: "run" | "step" = "run", onPaused: () => void = () => {}): Control {
  let state: State = mode === "run" ? "running" : "stepping";
  let wake = (): void => {};
  const change = (next: State): void => {
    if (state !== "stopped") state = next;
    wake();
  };
  const is = (wanted: State): boolean => state === wanted;
  return {
    pause: () => change("paused"),
    resume: () => change("running"),
    step: () => change("stepping"),
    stop: () => change("stopped"),
    async between(stepEnds, hold) {
      if (stepEnds && is("stepping")) change("paused");
      if (is("paused") || is("stopped")) await hold();
      if (is("paused")) onPaused();
      while (is("paused")) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return !is("stopped");
    },
  };
}

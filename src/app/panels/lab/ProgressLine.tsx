/** Where the run is: cycle, phase in plain words, time left, speed. */
import type { ReactNode } from "react";
import type { Progress } from "../../../core/messages.ts";
import { DASH, duration, integer, rate } from "../../format.ts";
import type { LabStatus } from "../../stores/runStore.ts";
import { PHASE_WORDS } from "../../words.ts";

/** "Cycle 3 of 8", or what comes before the first. */
const place = ({ cycle, cycles }: Progress): string =>
  cycle === 0 ? "Before training" : `Cycle ${integer(cycle)} of ${integer(cycles)}`;

export function phaseInWords({ phase, done, of }: Progress): string {
  if (phase === null) return "";
  const { doing, unit } = PHASE_WORDS[phase];
  return of > 0 ? `${doing}, ${unit} ${integer(Math.min(done + 1, of))} of ${integer(of)}` : doing;
}

export function ProgressLine({ progress, status }: { progress: Progress; status: LabStatus }): ReactNode {
  const { phase, done, of, secondsLeft, tokensPerSecond } = progress;
  const moving = status === "running" || status === "preparing" || status === "pausing";
  const held = status === "pausing" ? " · pausing after this update" : status === "paused" ? " · paused" : "";
  const says = phase === "preparing" ? PHASE_WORDS.preparing.doing : phaseInWords(progress);
  return (
    <div className={`progress ${moving ? "" : "still"}`}>
      <p>
        <b>{phase === "preparing" ? "Getting ready" : place(progress)}</b>
        {says && ` · ${says}`}
        {held}
      </p>
      <p>
        {secondsLeft === null ? `time left ${DASH}` : `${duration(secondsLeft)} left`} ·{" "}
        {tokensPerSecond === null ? `tokens/s ${DASH}` : rate(tokensPerSecond)}
      </p>
      <progress aria-label="Progress of this phase" max={Math.max(1, of)} value={of > 0 ? done : undefined} />
    </div>
  );
}

/**
 * Where a recorded run is shown before one of one's own: on iPads and iPhones, which may end a page that trains without an
 * exception, and in lessons on machines that would take too long. Both are put aside by "Try it here", for good.
 */

import { integer } from "./format.ts";
import settings from "./panels/lessons/shortRuns.json" with { type: "json" };
import type { ShortName } from "./panels/lessons/shortRuns.ts";
import { useRunStore } from "./stores/runStore.ts";
import { useViewStore } from "./stores/viewStore.ts";

const { took } = settings;

/** An iPad or an iPhone; the iPad calls itself a Mac, and no Mac has a touch screen. */
export const isAppleTouch = ({ platform, maxTouchPoints }: Pick<Navigator, "platform" | "maxTouchPoints">) =>
  /^(iPad|iPhone|iPod)/.test(platform) || (platform === "MacIntel" && maxTouchPoints > 1);

/** Whether training waits for "Try it here"; a run that is on screen was asked for. */
export const isHeld = (): boolean =>
  isAppleTouch(navigator) && !useViewStore.getState().tryHere && useRunStore.getState().runId === null;

export function useHeld(): boolean {
  const tried = useViewStore((s) => s.tryHere);
  const hasRun = useRunStore((s) => s.runId !== null);
  return isAppleTouch(navigator) && !tried && !hasRun;
}

export function tryHere(): void {
  useViewStore.setState({ tryHere: true });
}

/** Seconds that a pupil may wait for a step: of a lesson hour of 45 minutes a fifteenth, three or four such steps a lesson. */
export const LONGEST = 180;

/**
 * Seconds that a short run would take on an adapter that multiplies so fast: what it took where both were measured, in
 * inverse proportion. True of slow machines, whose time is arithmetic; a fast one takes longer than that. Null where the
 * speed is not known.
 */
export const reckonedSeconds = (flopsPerSecond: number | null, name: ShortName = "gap"): number | null =>
  flopsPerSecond === null ? null : (took.seconds[name] * took.flopsPerSecond) / flopsPerSecond;

/** A time that is too long, in words; reckoned ones are good for no more than minutes. */
export const longTime = (seconds: number): string => `${integer(seconds / 60)} minutes`;

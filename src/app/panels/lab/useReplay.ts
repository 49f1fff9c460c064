import { useEffect, useState } from "react";
import type { RecordedRun } from "../../recorded.ts";

const CYCLE_MS = 900; // one cycle of a recording, on screen

export interface Replay {
  cycle: number; // shown up to here
  last: number;
  playing: boolean;
  toggle(): void;
  seek(cycle: number): void;
}

/** Plays a recording cycle by cycle, once; with reduced motion it stands at its end and moves only by hand. */
export function useReplay(recorded: RecordedRun | null): Replay {
  const last = Math.max(0, ...(recorded?.rows.map((row) => row.cycle) ?? []));
  const [still] = useState(() => window.matchMedia("(prefers-reduced-motion: reduce)").matches);
  const [cycle, setCycle] = useState(0);
  const [wanted, setWanted] = useState(!still);
  const playing = recorded !== null && wanted && cycle < last;

  useEffect(() => {
    setCycle(still ? last : 0);
  }, [still, last]);
  useEffect(() => {
    if (!playing) return;
    const timer = window.setInterval(() => setCycle((c) => Math.min(last, c + 1)), CYCLE_MS);
    return () => window.clearInterval(timer);
  }, [playing, last]);

  return {
    cycle,
    last,
    playing,
    toggle() {
      if (cycle >= last) setCycle(0);
      setWanted(!playing);
    },
    seek(to) {
      setWanted(false);
      setCycle(to);
    },
  };
}

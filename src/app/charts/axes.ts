/** The axes that plots of runs share. */
import type { CycleRow } from "../../core/run.ts";
import { compact, integer } from "../format.ts";
import type { Measure } from "./gap.ts";
import type { Axis } from "./plane.ts";
import { integerTicks, roundTicks } from "./scale.ts";

/** Shares and rewards, 0 to 1. */
export const unitAxis = (measure: Measure): Axis => ({
  domain: [0, 1],
  ticks: () =>
    [0, 0.25, 0.5, 0.75, 1].map((at) => ({
      at,
      says: measure === "explanations" ? String(at) : `${at * 100}${at === 1 ? " %" : ""}`,
    })),
  title: null,
});

export const cycleAxis = (last: number): Axis => ({
  domain: [0, last],
  ticks: (most) => integerTicks(last, most).map((at) => ({ at, says: String(at) })),
  title: "cycle",
});

/** What runs may be laid along: how much of it a run had spent when a test was taken. */
export const ALONG = {
  cycles: { label: "cycles", title: "cycle", of: (row: CycleRow) => row.cycle },
  updates: { label: "updates", title: "updates", of: (row: CycleRow) => row.updates },
  visits: { label: "visits", title: "question visits", of: (row: CycleRow) => row.question_visits },
  tokens: { label: "tokens", title: "supervised tokens", of: (row: CycleRow) => row.supervised_tokens },
  minutes: { label: "minutes", title: "minutes", of: (row: CycleRow) => row.seconds / 60 },
} as const;
export type Along = keyof typeof ALONG;

export function alongAxis(along: Along, last: number): Axis {
  if (along === "cycles") return cycleAxis(Math.max(1, last));
  const says = along === "minutes" && last < 10 ? compact : integer;
  return {
    domain: [0, last > 0 ? last : 1],
    ticks: (most) => roundTicks(last, Math.min(most, 8)).map((at) => ({ at, says: says(at) })),
    title: ALONG[along].title,
  };
}

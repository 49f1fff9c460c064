/** What a run came to, in one object: report.json. */
import type { RunConfig } from "../core/config.ts";
import type { Fingerprint } from "../core/fingerprint.ts";
import { type Interval, wilson } from "../core/intervals.ts";
import type { Baselines, CycleRow, MemoryNeed } from "../core/run.ts";

/** A gap at the first and the last cycle, fractions. `recovered` is null where there was no gap to close. */
export interface Gap {
  closed_before: number;
  closed_after: number;
  open_before: number;
  open_after: number;
  gap_before: number;
  gap_after: number;
  recovered: number | null;
}

export interface Report {
  config: RunConfig;
  gpuAdapter: string;
  variants: Record<string, string>;
  fingerprint?: Fingerprint;
  continued: { rows: number; gpuAdapter: string; variants: Record<string, string> }[];
  questions: { train: number; test: number; twohop: number };
  scored: { train: number; test: number; twohop: number }; // of these, those with options: the shares are of them
  passages: number;
  baselines: Baselines | null;
  memory: MemoryNeed | null; // as planned for the GPU
  answers: Gap | null;
  explanations: Gap | null;
  intervals: Record<string, Interval | null>; // 95 %, Wilson over questions, at the last cycle
  cycles: CycleRow[];
}

export function makeReport(facts: Omit<Report, "answers" | "explanations" | "intervals">): Report {
  const { cycles, scored } = facts;
  const last = cycles.at(-1);
  const of = (share: number | null | undefined, n: number): Interval | null =>
    share === null || share === undefined ? null : wilson(share, n);
  return {
    ...facts,
    answers: gapOf(cycles, "closed_test", "open_test"),
    explanations: gapOf(cycles, "closed_response", "open_response"),
    intervals: {
      closed_train: of(last?.closed_train, scored.train),
      closed_test: of(last?.closed_test, scored.test),
      open_test: of(last?.open_test, scored.test),
      closed_2hop: of(last?.closed_2hop, scored.twohop),
      closed_exact: of(last?.closed_exact, last?.exact_of ?? 0),
      open_exact: of(last?.open_exact, last?.exact_of ?? 0),
      twohop_explained: of(last?.twohop_explained, last?.twohop_known ?? 0),
      other_open: of(last?.other_open, last?.other_scored ?? 0),
    },
  };
}

type Share = "closed_test" | "open_test" | "closed_response" | "open_response";

/** Gap recovered = (closed now − closed at cycle 0) / (open at cycle 0 − closed at cycle 0) (method.md §1). */
function gapOf(cycles: CycleRow[], closed: Share, open: Share): Gap | null {
  const [first, last] = [cycles[0], cycles.at(-1)];
  const [closed_before, open_before] = [first?.[closed], first?.[open]];
  const [closed_after, open_after] = [last?.[closed], last?.[open]];
  if (closed_before == null || open_before == null || closed_after == null || open_after == null) return null;
  const gap_before = open_before - closed_before;
  return {
    closed_before,
    closed_after,
    open_before,
    open_after,
    gap_before,
    gap_after: open_after - closed_after,
    recovered: gap_before > 0 ? (closed_after - closed_before) / gap_before : null,
  };
}

/** The plot's table twin: every number of every cycle, for eyes, screen readers and copying. */

import { wilson } from "../../core/intervals.ts";
import type { Baselines, CycleRow } from "../../core/run.ts";
import { compact, duration, fixed, integer, percent } from "../format.ts";
import { FURTHER, sayFurther } from "../measures.ts";
import type { Twin } from "./TableTwin.tsx";

const withInterval = (share: number | null, n: number | null): string => {
  const interval = share === null || n === null ? null : wilson(share, n);
  return interval
    ? `${percent(share)} (${percent(interval.low)} to ${percent(interval.high)})`
    : percent(share);
};

/** @param questions that the shares are of; no intervals without it */
export function gapTwin(
  rows: readonly CycleRow[],
  questions: number | null,
  baselines: Baselines | null,
): Twin {
  const columns: [heading: string, cell: (row: CycleRow) => string][] = [
    ["open book", (r) => withInterval(r.open_test, questions)],
    ["closed book", (r) => withInterval(r.closed_test, questions)],
    ["closed, training", (r) => percent(r.closed_train)],
    ["closed, two-hop", (r) => percent(r.closed_2hop)],
    ["explained, open", (r) => fixed(r.open_response)],
    ["explained, closed", (r) => fixed(r.closed_response)],
    ...FURTHER.map((words): [string, (row: CycleRow) => string] => [
      words.heading,
      (r) => sayFurther(words, r),
    ]),
    ["reward, training", (r) => fixed(r.reward_train)],
    ["KL to base", (r) => compact(r.kl)],
    ["updates", (r) => integer(r.updates)],
    ["question visits", (r) => integer(r.question_visits)],
    ["passage visits", (r) => integer(r.passage_visits)],
    ["supervised tokens", (r) => integer(r.supervised_tokens)],
    ["time", (r) => duration(r.seconds)],
  ];
  return {
    summary: "As a table, with 95 % intervals",
    label: "Results by cycle",
    head: ["cycle", ...columns.map(([heading]) => heading)],
    rows: rows.map((row) => ({
      key: String(row.cycle),
      cells: [row.cycle, ...columns.map(([, cell]) => cell(row))],
    })),
    note: baselines && (
      <p className="hint">
        Answers without knowing or reading: chance {percent(baselines.chance)}, common answers{" "}
        {percent(baselines.answer_prior)}, longest option {percent(baselines.longest_option)}, option found in
        the passages {percent(baselines.string_in_context)}.
      </p>
    ),
  };
}

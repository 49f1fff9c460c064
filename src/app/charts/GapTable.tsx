/** The plot's table twin: every number of every cycle, for eyes, screen readers and copying. */

import type { ReactNode } from "react";
import { wilson } from "../../core/intervals.ts";
import type { Baselines, CycleRow } from "../../core/run.ts";
import { Scroll } from "../components/Scroll.tsx";
import { compact, duration, fixed, integer, percent } from "../format.ts";
import { FURTHER, sayFurther } from "../measures.ts";

const withInterval = (share: number | null, n: number | null): string => {
  const interval = share === null || n === null ? null : wilson(share, n);
  return interval
    ? `${percent(share)} (${percent(interval.low)} to ${percent(interval.high)})`
    : percent(share);
};

export function GapTable({
  rows,
  questions,
  baselines,
}: {
  rows: readonly CycleRow[];
  questions: number | null;
  baselines: Baselines | null;
}): ReactNode {
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
  return (
    <details className="twin">
      <summary>The plot as a table, with 95 % intervals</summary>
      <Scroll label="Results by cycle">
        <table>
          <thead>
            <tr>
              <th scope="col">cycle</th>
              {columns.map(([heading]) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.cycle}>
                <th scope="row">{row.cycle}</th>
                {columns.map(([heading, cell]) => (
                  <td key={heading}>{cell(row)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {baselines && (
        <p className="hint">
          Answers without knowing or reading: chance {percent(baselines.chance)}, common answers{" "}
          {percent(baselines.answer_prior)}, longest option {percent(baselines.longest_option)}, option found
          in the passages {percent(baselines.string_in_context)}.
        </p>
      )}
    </details>
  );
}

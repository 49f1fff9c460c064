/** The arms side by side: what each reached, how far it is from the baseline, what it spent. */
import type { ReactNode } from "react";
import type { CycleRow } from "../../../core/run.ts";
import { type SeedMean, seedMean } from "../../../core/statistics.ts";
import { gapPoints, type Measure } from "../../charts/gap.ts";
import { DASH, duration, fixed, integer, percent } from "../../format.ts";
import { FURTHER, lastMeasured, SAY } from "../../measures.ts";
import { useCompareStore } from "../../stores/compareStore.ts";
import { type Arm, cyclesOf, rowAt } from "./arms.ts";
import { type Against, deltaInWords } from "./scores.ts";

export interface ArmsTableProps {
  arms: readonly Arm[];
  measure: Measure;
  cycle: number | null; // that is compared
  found: readonly { arm: Arm; result: Against | null }[]; // against the first arm
  print: boolean;
  dashOf(n: number): string;
}

const SPENT: readonly [
  heading: string,
  of: (row: CycleRow) => number,
  say: (v: number | null | undefined) => string,
][] = [
  ["updates", (r) => r.updates, integer],
  ["question visits", (r) => r.question_visits, integer],
  ["passage visits", (r) => r.passage_visits, integer],
  ["supervised tokens", (r) => r.supervised_tokens, integer],
  ["time", (r) => r.seconds, duration],
];

export function ArmsTable({ arms, measure, cycle, found, print, dashOf }: ArmsTableProps): ReactNode {
  const say = measure === "answers" ? percent : (v: number | null | undefined) => fixed(v);
  const end = (arm: Arm, line: "open" | "closed") =>
    seedMean(
      arm.runs.map((run) => gapPoints(cyclesOf(run), measure).find((p) => p.cycle === cycle)?.[line] ?? null),
    );
  const said = (m: SeedMean | null): string =>
    m?.interval ? `${say(m.mean)} (${say(m.interval.low)} to ${say(m.interval.high)})` : say(m?.mean);
  const further = FURTHER.filter(({ key }) =>
    arms.some(({ runs }) => runs.some((run) => lastMeasured(cyclesOf(run), key))),
  );
  return (
    <table className="arms">
      <thead>
        <tr>
          <th scope="col">arm</th>
          {!print && <th scope="col">baseline</th>}
          <th scope="col">seeds</th>
          <th scope="col">open</th>
          <th scope="col">closed</th>
          {arms.length > 1 && <th scope="col">points from {arms[0]!.letter}</th>}
          {[...further.map(({ heading }) => heading), ...SPENT.map(([heading]) => heading)].map((heading) => (
            <th key={heading} scope="col">
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {arms.map((arm, n) => {
          const result = found.find((f) => f.arm === arm)?.result;
          return (
            <tr key={arm.key}>
              <th scope="row">
                <svg className="dash" width="34" height="8" viewBox="0 0 34 8" aria-hidden="true">
                  <line x1="0" x2="34" y1="4" y2="4" strokeDasharray={dashOf(n)} />
                </svg>
                {arm.letter} {arm.name}
              </th>
              {!print && (
                <td>
                  <input
                    type="radio"
                    name="baseline"
                    aria-label={`${arm.letter} is the baseline`}
                    checked={n === 0}
                    onChange={() => useCompareStore.setState({ baseline: arm.key })}
                  />
                </td>
              )}
              <td>{arm.runs.length}</td>
              <td className="open">{said(end(arm, "open"))}</td>
              <td className="closed">{said(end(arm, "closed"))}</td>
              {arms.length > 1 && <td>{result ? deltaInWords(result.difference) : DASH}</td>}
              {further.map(({ key, kind }) => (
                <td key={key}>
                  {SAY[kind](
                    seedMean(arm.runs.map((run) => lastMeasured(cyclesOf(run), key)?.[key] ?? null))?.mean,
                  )}
                </td>
              ))}
              {SPENT.map(([heading, of, sayIt]) => (
                <td key={heading}>
                  {sayIt(
                    seedMean(
                      arm.runs.map((run) => {
                        const row = rowAt(run, cycle);
                        return row === undefined ? null : of(row);
                      }),
                    )?.mean,
                  )}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

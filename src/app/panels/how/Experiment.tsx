/** The experiment that may be quoted, once it has been run: made by test/bench/experiment/analyse.mjs, fixed before any number. */
import type { ReactNode } from "react";
import { Scroll } from "../../components/Scroll.tsx";
import { DASH, integer } from "../../format.ts";
import { whatControlsShow } from "./controls.ts";
import found from "./experiment.json" with { type: "json" };

interface Span {
  low?: number;
  high?: number;
}

interface Endpoint {
  recovered: number | null;
  interval: Span | null;
  against: (Span & { difference: number | null; holm: number | null }) | null; // by how much credit is above it
}

export interface ExperimentFound {
  archives: number; // run so far
  of: number;
  questions: number;
  adapters: string[];
  dates: string[] | null; // of the first and the last run
  verdict: string | null;
  rows: {
    arm: string;
    says: string;
    control: boolean;
    archives: number;
    endpoints: { closed_test: Endpoint | null; closed_response: Endpoint | null };
    after: { supervised_tokens: number | null };
  }[];
}

const points = (value: number | null | undefined): string =>
  value === null || value === undefined ? DASH : `${Math.round(100 * value)}`.replace("-", "−");
const span = (of: Span | null): string =>
  of?.low === undefined ? "" : ` (${points(of.low)} to ${points(of.high)})`;

/** Nothing before the first archive was run. */
export function Experiment({ results = found as ExperimentFound }: { results?: ExperimentFound }): ReactNode {
  const { archives, of, questions, adapters, dates, verdict, rows } = results;
  if (archives === 0) return null;
  const measured = rows.filter((row) => row.archives > 0);
  const controls = whatControlsShow(rows);
  const isUneven = measured.some((row) => row.archives !== archives); // else the caption says it for all
  return (
    <>
      <p>
        So it was put to a test whose arms, endpoints and analysis were fixed before any number was made:
        fresh archives, each method with as many updates and question visits. {verdict}
      </p>
      {controls.length > 0 && (
        <>
          <p>What did it? The controls change one part of credit each:</p>
          <ul className="plain">
            {controls.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </>
      )}
      <Scroll label="The experiment">
        <table>
          <caption>
            Share of the gap won back, %, with 95 % intervals over archives and questions. Brackets after
            “credit above”: its interval; p after Holm over all arms and both endpoints. {archives} of {of}{" "}
            archives, {integer(questions)} questions, {adapters.join("; ")}
            {dates && `, ${[...new Set(dates)].join(" to ")}`}.
          </caption>
          <thead>
            <tr>
              <th scope="col">method</th>
              {isUneven && <th scope="col">archives</th>}
              <th scope="col">answers</th>
              <th scope="col">credit above</th>
              <th scope="col">explanations</th>
              <th scope="col">credit above</th>
              <th scope="col">supervised tokens</th>
            </tr>
          </thead>
          <tbody>
            {measured.map(({ arm, says, control, archives: n, endpoints, after }) => (
              <tr key={arm}>
                <th scope="row">
                  {control && "control: "}
                  {says}
                </th>
                {isUneven && <td>{n}</td>}
                <Cells endpoint={endpoints.closed_test} />
                <Cells endpoint={endpoints.closed_response} />
                <td>{integer(after.supervised_tokens)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

function Cells({ endpoint }: { endpoint: Endpoint | null }): ReactNode {
  const against = endpoint?.against ?? null;
  return (
    <>
      <td className="closed together">
        {points(endpoint?.recovered)}
        {span(endpoint?.interval ?? null)}
      </td>
      <td>
        {against === null ? (
          DASH
        ) : (
          <>
            <span className="together">
              {points(against.difference)}
              {span(against)},
            </span>{" "}
            <span className="together">p {against.holm === null ? DASH : against.holm.toFixed(3)}</span>
          </>
        )}
      </td>
    </>
  );
}

/** What moves inside a cycle: eight metrics of every update, all of them as a table, and what the tests say besides. */

import type { ReactNode } from "react";
import type { CycleRow, UpdateRow } from "../../../core/run.ts";
import { SmallChart, type SmallChartProps } from "../../charts/SmallChart.tsx";
import { Scroll } from "../../components/Scroll.tsx";
import { compact, DASH, integer, percent } from "../../format.ts";
import { FURTHER, lastMeasured, SAY } from "../../measures.ts";

type Metric = Omit<SmallChartProps, "values"> & { of(row: UpdateRow): number | null };

const METRICS: readonly Metric[] = [
  { title: "loss", says: "Mean loss of the update's questions", tone: "plain", of: (r) => r.loss },
  {
    title: "reward",
    says: "Mean reward of the open-book answers, 0 to 1",
    tone: "reward",
    of: (r) => r.reward,
  },
  {
    title: "no reward",
    says: "Share of questions whose open-book answer earned nothing: they teach nothing",
    tone: "reward",
    of: (r) => r.zero_reward,
  },
  { title: "gradient norm", says: "Before clipping", tone: "plain", of: (r) => r.grad_norm },
  {
    title: "s_w, answer closed",
    says: "Log-probability per token of the preferred answer with the book closed: this one must rise",
    tone: "closed",
    of: (r) => r.s_w,
  },
  {
    title: "s_c, answer open",
    says: "Log-probability per token of the preferred answer with the book open",
    tone: "open",
    of: (r) => r.s_c,
  },
  {
    title: "s_l, slip closed",
    says: "Log-probability per token of the answer it gave with the book closed",
    tone: "closed",
    of: (r) => r.s_l,
  },
  {
    title: "s_z, passages",
    says: "Log-probability per token of the passages themselves",
    tone: "open",
    of: (r) => r.s_z,
  },
];

const LATEST = 100; // rows of the table; all of them are in the export on the Runs page

interface SmallMultiplesProps {
  updates: readonly UpdateRow[];
  tests: readonly CycleRow[];
}

export function SmallMultiples({ updates, tests }: SmallMultiplesProps): ReactNode {
  return (
    <section className="multiples" aria-label="Metrics of every update">
      <div className="grid-of-charts">
        {METRICS.map(({ of, ...chart }) => (
          <SmallChart key={chart.title} {...chart} values={updates.map(of)} />
        ))}
      </div>
      <Further tests={tests} />
      <details className="twin">
        <summary>Every update as a table</summary>
        <UpdateTable updates={updates.slice(-LATEST)} />
      </details>
    </section>
  );
}

/** What the tests say besides the plot's two lines, of those that measured anything. */
function Further({ tests }: { tests: readonly CycleRow[] }): ReactNode {
  const measured = FURTHER.filter(({ key }) => lastMeasured(tests, key));
  if (measured.length === 0) return null;
  return (
    <>
      <h3 className="eyebrow">Every test</h3>
      <div className="grid-of-charts">
        {measured.map(({ key, heading, says, tone, kind }) => (
          <SmallChart
            key={key}
            title={heading}
            says={says}
            tone={tone}
            say={SAY[kind]}
            values={tests.map((row) => row[key] ?? null)}
          />
        ))}
      </div>
    </>
  );
}

const COLUMNS: readonly [heading: string, cell: (row: UpdateRow) => string][] = [
  ["cycle", (r) => integer(r.cycle)],
  ...METRICS.map(({ title, of }): [string, (r: UpdateRow) => string] => [title, (r) => compact(of(r))]),
  ["clipped s_c", (r) => percent(r.clipped_chosen)],
  ["clipped s_l", (r) => percent(r.clipped_rejected)],
  ["answers differ", (r) => percent(r.differ)],
  ["learning rate", (r) => compact(r.learning_rate)],
  ["tokens", (r) => integer(r.num_tokens)],
  ["supervised", (r) => integer(r.supervised_tokens)],
  ["seconds", (r) => compact(r.seconds)],
];

function UpdateTable({ updates }: { updates: readonly UpdateRow[] }): ReactNode {
  if (updates.length === 0) return <p className="hint">{DASH} No update yet.</p>;
  return (
    <Scroll label="Latest updates">
      <table>
        <thead>
          <tr>
            <th scope="col">update</th>
            {COLUMNS.map(([heading]) => (
              <th key={heading} scope="col">
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...updates].reverse().map((row) => (
            <tr key={row.update}>
              <th scope="row">{integer(row.update)}</th>
              {COLUMNS.map(([heading, cell]) => (
                <td key={heading}>{cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** What moves inside a cycle: eight metrics of every update, all of them as a table, and what the tests say besides. */

import { type KeyboardEvent, type ReactNode, useMemo, useState } from "react";
import type { CycleRow, UpdateRow } from "../../../core/run.ts";
import type { Together } from "../../charts/Frame.tsx";
import { type Cursor, stepped } from "../../charts/plane.ts";
import { SmallChart, type SmallChartProps } from "../../charts/SmallChart.tsx";
import { Scroll } from "../../components/Scroll.tsx";
import { compact, DASH, integer, percent } from "../../format.ts";
import { FURTHER, lastMeasured, SAY } from "../../measures.ts";

type Metric = Omit<SmallChartProps, "values" | "together"> & { of(row: UpdateRow): number | null };

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
  const charts = useMemo(
    () => METRICS.map(({ of, ...chart }) => ({ ...chart, values: updates.map(of) })),
    [updates],
  );
  return (
    <section className="multiples" aria-label="Metrics of every update">
      <ChartGrid
        label="Updates: walk with the arrow keys"
        steps={updates.length}
        stepName={(i) => `update ${integer(updates[i]?.update)}`}
        charts={charts}
      />
      <Further tests={tests} />
      <details className="twin">
        <summary>Every update as a table</summary>
        <UpdateTable updates={updates.slice(-LATEST)} />
      </details>
    </section>
  );
}

interface ChartGridProps {
  label: string;
  steps: number; // that every chart has
  stepName(step: number): string;
  charts: readonly Omit<SmallChartProps, "together">[];
}

/** Small charts over the same steps, walked as one: by pointer in any of them, by arrow keys in all. */
function ChartGrid({ label, steps, stepName, charts }: ChartGridProps): ReactNode {
  const [looked, look] = useState<Cursor | null>(null);
  const [byKeys, setByKeys] = useState(false);
  const together: Together = {
    looked,
    look(cursor) {
      setByKeys(false);
      look(cursor);
    },
  };
  const walk = { columns: Array.from({ length: steps }, (_, i) => i), start: { column: steps - 1, row: 0 } };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = event.ctrlKey || event.metaKey || event.altKey ? null : stepped(walk, looked, event.key);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    setByKeys(true);
    look(next);
  };
  const at = looked !== null && looked.column < steps ? looked.column : null;
  return (
    <div className="chart-grid">
      {steps > 0 && (
        <input
          type="range"
          className="hidden stops"
          aria-label={label}
          min={0}
          max={steps - 1}
          value={at ?? steps - 1}
          readOnly
          onKeyDown={onKeyDown}
          onBlur={() => look(null)}
        />
      )}
      <div className="grid-of-charts">
        {charts.map((chart) => (
          <SmallChart key={chart.title} {...chart} together={together} />
        ))}
      </div>
      <p className={at === null ? "hidden" : "step-name"} aria-hidden="true">
        {at !== null && stepName(at)}
      </p>
      <p className="hidden" aria-live="polite">
        {byKeys &&
          at !== null &&
          `${stepName(at)}: ${charts.map(({ title, values, say = compact }) => `${title} ${say(values[at])}`).join(", ")}`}
      </p>
    </div>
  );
}

/** What the tests say besides the plot's two lines, of those that measured anything. */
function Further({ tests }: { tests: readonly CycleRow[] }): ReactNode {
  const charts = useMemo(
    () =>
      FURTHER.filter(({ key }) => lastMeasured(tests, key)).map(({ key, heading, says, tone, kind }) => ({
        title: heading,
        says,
        tone,
        say: SAY[kind],
        values: tests.map((row) => row[key] ?? null),
      })),
    [tests],
  );
  if (charts.length === 0) return null;
  return (
    <>
      <h3 className="eyebrow">Every test</h3>
      <ChartGrid
        label="Tests: walk with the arrow keys"
        steps={tests.length}
        stepName={(i) => `cycle ${integer(tests[i]?.cycle)}`}
        charts={charts}
      />
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

/** Chosen runs over each other, whether they may be compared at all, and what they differ in. */

import type { ReactNode } from "react";
import type { CycleRow, MetricRow } from "../../../core/run.ts";
import { pairedDifference } from "../../../core/statistics.ts";
import { ArmsPlot, dashOf } from "../../charts/ArmsPlot.tsx";
import { gapPoints, type Measure } from "../../charts/gap.ts";
import { Scroll } from "../../components/Scroll.tsx";
import { DASH, fixed, integer, percent } from "../../format.ts";
import { FURTHER, lastMeasured, sayFurther } from "../../measures.ts";
import { methodName } from "../../presets.ts";
import { configDifference, valueInWords } from "../../settings.ts";
import { questionsOf, useCorpusStore } from "../../stores/corpusStore.ts";
import type { StoredRun } from "../../stores/runStore.ts";
import { sameQuestions, unfair } from "./fairness.ts";

export interface CompareProps {
  runs: readonly StoredRun[];
  measure: Measure;
  onMeasure(measure: Measure): void;
}

const LETTERS = "ABCDE";

const cyclesOf = (rows: readonly MetricRow[]) => rows.filter((r): r is CycleRow => r.type === "cycle");

export function Compare({ runs, measure, onMeasure }: CompareProps): ReactNode {
  const series = runs.map(({ run, rows }) => ({
    id: run.id,
    name: run.name || methodName(run.config),
    rows: cyclesOf(rows),
  }));
  const ends = series.map(({ rows }) => gapPoints(rows, measure).at(-1));
  const say = measure === "answers" ? percent : fixed;
  const says = series
    .map(({ name }, i) => `${name}: open ${say(ends[i]?.open)}, closed ${say(ends[i]?.closed)}`)
    .join("; ");
  const further = FURTHER.filter(({ key }) => series.some(({ rows }) => lastMeasured(rows, key)));
  const columns: [string, (row: CycleRow | undefined) => string][] = [
    ["updates", (r) => integer(r?.updates)],
    ["question visits", (r) => integer(r?.question_visits)],
    ["passage visits", (r) => integer(r?.passage_visits)],
    ["supervised tokens", (r) => integer(r?.supervised_tokens)],
  ];
  return (
    <section className="compare" aria-label="Comparison">
      <div className="switch">
        <fieldset>
          <legend className="hidden">What the plot shows</legend>
          {(["answers", "explanations"] as const).map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="compared"
                checked={measure === name}
                onChange={() => onMeasure(name)}
              />
              <span>{name === "answers" ? "Answers" : "Explanations"}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <ArmsPlot
        arms={series.map(({ id, name, rows }, i) => ({
          id,
          letter: LETTERS[i]!,
          name,
          runs: [{ seed: runs[i]!.run.config.seed, rows }],
        }))}
        measure={measure}
        along="cycles"
        title={`Runs compared, ${measure}`}
        says={says}
        caption={says}
      />
      <Scroll label="The runs side by side">
        <table>
          <thead>
            <tr>
              <th scope="col">run</th>
              <th scope="col">open</th>
              <th scope="col">closed</th>
              {further.map(({ heading }) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
              {columns.map(([heading]) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {series.map(({ id, name, rows }, i) => (
              <tr key={id}>
                <th scope="row">
                  <svg className="dash" width="34" height="8" viewBox="0 0 34 8" aria-hidden="true">
                    <line x1="0" x2="34" y1="4" y2="4" strokeDasharray={dashOf(i)} />
                  </svg>
                  {LETTERS[i]} {name}
                </th>
                <td className="open">{say(ends[i]?.open)}</td>
                <td className="closed">{say(ends[i]?.closed)}</td>
                {further.map((words) => {
                  const row = lastMeasured(rows, words.key);
                  return <td key={words.key}>{row ? sayFurther(words, row) : DASH}</td>;
                })}
                {columns.map(([heading, cell]) => (
                  <td key={heading}>{cell(rows.at(-1))}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {runs.length > 1 && <Fairness runs={runs} />}
      {runs.length === 2 && <Difference a={runs[0]!} b={runs[1]!} />}
      {runs.length > 1 && <ConfigDifference runs={runs} names={series.map((s) => s.name)} />}
    </section>
  );
}

function Fairness({ runs }: { runs: readonly StoredRun[] }): ReactNode {
  const differing = unfair(runs);
  return (
    <p className={differing.length === 0 ? "hint" : "fault"}>
      {differing.length === 0
        ? "A fair comparison: the same questions with the same passages, as many updates and question visits in each."
        : `Not a fair comparison: ${differing.join(", ")} differ.`}
      {differing.some((what) => /updates|visits/.test(what)) && " Read it at a cycle where they are equal."}
    </p>
  );
}

const RESAMPLES = 2000;

/** The difference in closed-book answers over the same held-out questions, with its bootstrap interval. */
function Difference({ a, b }: { a: StoredRun; b: StoredRun }): ReactNode {
  const corpus = useCorpusStore((s) => s.current);
  const gold = questionsOf(corpus, "test").map((q) => q.answer);
  const [x, y] = [a, b].map(({ answers }) => answers.at(-1));
  const n = x?.closed_test.length ?? 0;
  const isThisCorpus = corpus?.id === a.run.config.data && corpus?.id === b.run.config.data;
  if (
    !x ||
    !y ||
    n === 0 ||
    n !== y.closed_test.length ||
    n > gold.length ||
    !isThisCorpus ||
    !sameQuestions(a.run, b.run)
  )
    return null;
  const right = (chosen: readonly (string | null)[]) => chosen.map((text, i) => Number(text === gold[i]));
  const found = pairedDifference([right(y.closed_test)], [right(x.closed_test)], {
    paired: true,
    seed: 0,
    draws: RESAMPLES,
  });
  if (found === null) return null;
  const points = (v: number) => `${v < 0 ? "−" : "+"}${Math.abs(Math.round(v * 100))}`;
  const clear = found.low > 0 || found.high < 0;
  return (
    <p className="say">
      Closed book, the first run is {points(found.difference)} points from the second (95 %:{" "}
      {points(found.low)} to {points(found.high)}, the same {n} questions, resampled).{" "}
      {clear ? "That is more than chance." : "That may be chance."}
    </p>
  );
}

function ConfigDifference({
  runs,
  names,
}: {
  runs: readonly StoredRun[];
  names: readonly string[];
}): ReactNode {
  const configs = runs.map(({ run }) => run.config);
  const differing = configDifference(configs);
  if (differing.length === 0) return <p className="hint">The same settings in each.</p>;
  return (
    <Scroll label="Settings that differ">
      <table>
        <thead>
          <tr>
            <th scope="col">setting</th>
            {runs.map(({ run }, i) => (
              <th key={run.id} scope="col">
                {names[i]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {differing.map((setting) => (
            <tr key={setting.key}>
              <th scope="row">{setting.label}</th>
              {runs.map(({ run }) => (
                <td key={run.id}>{valueInWords(setting, run.config[setting.key])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

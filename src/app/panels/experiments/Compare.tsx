/** Chosen runs as arms over each other: whether they may be compared, how far apart they are, what they differ in. */
import { type ReactNode, useEffect, useMemo, useState } from "react";
import type { Question } from "../../../core/run.ts";
import { ArmsPlot, dashOf, type PlottedArm } from "../../charts/ArmsPlot.tsx";
import { ALONG, type Along } from "../../charts/axes.ts";
import type { Measure } from "../../charts/gap.ts";
import { Scroll } from "../../components/Scroll.tsx";
import { corpusName } from "../../corpora.ts";
import { plural } from "../../format.ts";
import { useLab } from "../../lab.ts";
import { useCompareStore } from "../../stores/compareStore.ts";
import type { StoredRun } from "../../stores/runStore.ts";
import { ArmsTable } from "./ArmsTable.tsx";
import { type Arm, armsOf, commonCycle, cyclesOf } from "./arms.ts";
import { Counts } from "./Counts.tsx";
import { Differing } from "./Differing.tsx";
import { type Unfair, unfair } from "./fairness.ts";
import { against, againstInWords, testedQuestions } from "./scores.ts";
import { Take } from "./Take.tsx";

export interface CompareProps {
  runs: readonly StoredRun[];
  print?: boolean; // on the report: nothing to move
}

export function Compare({ runs, print = false }: CompareProps): ReactNode {
  const { baseline, measure, along } = useCompareStore();
  const corpora = [...new Set(runs.map(({ run }) => run.config.data))];
  const [about, setAbout] = useState<string | null>(null);
  const data = corpora.find((id) => id === about) ?? corpora[0];
  const arms = useMemo(
    () =>
      armsOf(
        runs.filter(({ run }) => run.config.data === data),
        baseline,
      ),
    [runs, data, baseline],
  );
  const questions = useTested(arms[0]?.runs[0]);
  const cycle = commonCycle(arms, measure);
  const faults = unfair(arms, cycle);
  const first = arms[0];
  // The bootstrap takes a moment: not with every pointer that moves.
  const found = useMemo(
    () =>
      first && questions && cycle !== null
        ? arms.slice(1).map((arm) => ({ arm, result: against(first, arm, measure, cycle, questions) }))
        : [],
    [first, arms, measure, cycle, questions],
  );
  if (first === undefined || data === undefined) return null;
  const sentences = found.flatMap(({ arm, result }) => (result ? [againstInWords(first, arm, result)] : []));
  const title = `${measure === "answers" ? "Answers" : "Explanations"} about ${corpusName(data)}`;
  const says = [
    `${title}, ${arms.map(({ letter, name }) => `${letter}: ${name}`).join("; ")}.`,
    ...sentences,
  ].join(" ");
  const comparison = { title, arms, measure, cycle, faults, sentences, found };

  return (
    <section className="compare" aria-label="Comparison">
      {!print && (
        <div className="switch">
          <Choice
            legend="What the plot shows"
            name="compared"
            value={measure}
            names={{ answers: "Answers", explanations: "Explanations" }}
            onChange={(value: Measure) => useCompareStore.setState({ measure: value })}
          />
          <Choice
            legend="Laid along"
            name="along"
            value={along}
            names={
              Object.fromEntries(Object.entries(ALONG).map(([key, { label }]) => [key, label])) as Record<
                Along,
                string
              >
            }
            onChange={(value: Along) => useCompareStore.setState({ along: value })}
          />
          {corpora.length > 1 && (
            <Choice
              legend="About which documents"
              name="about"
              value={data}
              names={Object.fromEntries(corpora.map((id) => [id, corpusName(id)]))}
              onChange={setAbout}
            />
          )}
        </div>
      )}
      {print && <h2>{title}</h2>}
      <ArmsPlot
        arms={arms.map(plotted)}
        measure={measure}
        along={along}
        title={title}
        says={says}
        caption={`${says} ${arms.some(({ runs: of }) => of.length >= 3) ? "Bands: 95 % t interval over seeds." : ""}`}
      />
      {sentences.length > 0 && cycle !== null && (
        <div className="say">
          {sentences.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
      )}
      {arms.length > 1 && <Fairness faults={faults} cycle={cycle} />}
      {arms.length > 1 && questions === null && (
        <p className="hint">
          Which questions were right cannot be told: the questions about {corpusName(data)} have changed
          since.
        </p>
      )}
      <Scroll label="The arms side by side">
        <ArmsTable arms={arms} measure={measure} cycle={cycle} found={found} print={print} dashOf={dashOf} />
      </Scroll>
      {arms.some(({ spare }) => spare.length > 0) && (
        <p className="hint">
          {arms
            .filter(({ spare }) => spare.length > 0)
            .map(
              ({ letter, spare }) =>
                `${letter} has ${spare.length} more ${plural(spare.length, "run")} of a seed`,
            )
            .join("; ")}
          : the furthest and newest of each seed counts.
        </p>
      )}
      {questions &&
        found.map(
          ({ arm, result }) =>
            result?.counts && (
              <Counts
                key={arm.key}
                a={first}
                b={arm}
                counts={result.counts}
                questions={questions}
                cycle={cycle!}
                seeds={Math.max(1, result.seeds)}
              />
            ),
        )}
      {arms.length > 1 && <Differing arms={arms} />}
      {!print && <Take comparison={comparison} />}
    </section>
  );
}

const plotted = ({ key, letter, name, runs }: Arm): PlottedArm => ({
  id: key,
  letter,
  name,
  runs: runs.map((stored) => ({ seed: stored.run.config.seed, rows: cyclesOf(stored) })),
});

/** The questions a run was tested on: undefined while they are read, null where they have changed. */
function useTested(run: StoredRun | undefined): readonly Question[] | null | undefined {
  const { corpora } = useLab();
  const [tested, setTested] = useState<readonly Question[] | null | undefined>(undefined);
  const id = run?.run.id;
  const answered = run?.answers.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the run is read anew with every cycle; its questions stay
  useEffect(() => {
    let over = false;
    if (run)
      testedQuestions(corpora, run).then(
        (questions) => over || setTested(questions),
        () => over || setTested(null),
      );
    return () => {
      over = true;
    };
  }, [corpora, id, answered]);
  return tested;
}

interface ChoiceProps<T extends string> {
  legend: string;
  name: string;
  value: T;
  names: Record<T, string>;
  onChange(value: T): void;
}

function Choice<T extends string>({ legend, name, value, names, onChange }: ChoiceProps<T>): ReactNode {
  return (
    <fieldset>
      <legend className="hidden">{legend}</legend>
      {(Object.keys(names) as T[]).map((key) => (
        <label key={key}>
          <input type="radio" name={name} checked={value === key} onChange={() => onChange(key)} />
          <span>{names[key]}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Fairness({ faults, cycle }: { faults: readonly Unfair[]; cycle: number | null }): ReactNode {
  if (cycle === null) return <p className="hint">Nothing to compare yet: no test that every run has.</p>;
  if (faults.length === 0)
    return (
      <p className="hint">
        A fair comparison, at cycle {cycle}: the same questions with the same passages and prompts, as many
        updates and question visits in each.
      </p>
    );
  return (
    <div className="fault">
      <p>Not a fair comparison, at cycle {cycle}:</p>
      <ul>
        {faults.map(({ says }) => (
          <li key={says}>{says}</li>
        ))}
      </ul>
    </div>
  );
}

/** `#/lesson/class`: a teacher puts the six words of many together; nothing is sent, the codes are pasted here. */
import { type ReactNode, useId, useMemo, useState } from "react";
import { Scroll } from "../../../components/Scroll.tsx";
import { download } from "../../../download.ts";
import { DASH, integer, percent, plural } from "../../../format.ts";
import { useUnsaved } from "../../../idle.ts";
import type { RecordedRun } from "../../../recorded.ts";
import type { Lesson, Step } from "../lesson.ts";
import { readLines } from "./code.ts";
import { classCsv, countSteps, type Reported, reported, rightOf, type StepCount } from "./summary.ts";

export interface ClassPageProps {
  lessons: readonly Lesson[];
  runs: readonly RecordedRun[]; // the words of the lessons' steps are read off them
}

export function ClassPage({ lessons, runs }: ClassPageProps): ReactNode {
  const id = useId();
  const [text, setText] = useState("");
  useUnsaved(text.trim() !== "");
  const lines = useMemo(() => readLines(text), [text]);
  const class_ = useMemo(() => reported(lines), [lines]);
  const wrong = lines.flatMap(({ line, decoded }) =>
    "fault" in decoded ? [{ line, fault: decoded.fault }] : [],
  );
  return (
    <>
      <header>
        <h1>A class in one picture</h1>
        <p>
          Who has finished a lesson has six words. Paste them here, one pupil a line; a name may stand before
          them. Nothing is sent anywhere.
        </p>
      </header>
      <div className="class-page">
        <label htmlFor={id} className="eyebrow">
          Codes
        </label>
        <textarea
          id={id}
          rows={6}
          spellCheck={false}
          value={text}
          placeholder="Anna: six words&#10;Ben: six words"
          onChange={(e) => setText(e.target.value)}
        />
        {wrong.length > 0 && (
          <ul className="fault" aria-label="Lines that cannot be read">
            {wrong.map(({ line, fault }) => (
              <li key={line}>
                Line {line}: {fault}
              </li>
            ))}
          </ul>
        )}
        {class_.length > 0 && (
          <>
            {lessons.map((lesson) => (
              <Predictions key={lesson.name} lesson={lesson} steps={lesson.steps(runs)} class_={class_} />
            ))}
            <Recovered class_={class_} />
            <Pupils class_={class_} lessons={lessons} />
          </>
        )}
      </div>
    </>
  );
}

interface PredictionsProps {
  lesson: Lesson;
  steps: readonly Step[];
  class_: readonly Reported[];
}

/** Prediction against what happened, step by step. */
function Predictions({ lesson, steps, class_ }: PredictionsProps): ReactNode {
  const counts = countSteps(class_, lesson.name as Reported["lesson"]);
  if (counts.length === 0) return null;
  return (
    <section>
      <h2>{lesson.title}</h2>
      {counts.map((count) => (
        <OneStep key={count.step} count={count} step={steps[count.step] ?? null} />
      ))}
    </section>
  );
}

function OneStep({ count, step }: { count: StepCount; step: Step | null }): ReactNode {
  const all = count.predicted.reduce((sum, n) => sum + n, 0);
  return (
    <table className="class-step">
      <caption>
        {count.step + 1}. {step?.asks ?? "This step is not among the lessons of this page."}{" "}
        {count.of > 0 && (
          <b>
            {integer(count.right)} of {integer(count.of)} said rightly
          </b>
        )}
      </caption>
      <thead>
        <tr>
          <th scope="col">option</th>
          <th scope="col">predicted</th>
          <th scope="col">happened</th>
        </tr>
      </thead>
      <tbody>
        {count.predicted.map((n, option) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an option is its place
          <tr key={option} className={count.happened[option]! > 0 ? "was" : undefined}>
            <th scope="row">{step?.options[option] ?? `option ${option + 1}`}</th>
            <td>
              <meter min={0} max={all} value={n} aria-hidden="true" /> {integer(n)}
            </td>
            <td>
              {count.happened[option]! > 0
                ? `✓ ${count.happened[option] === count.of ? "" : `for ${integer(count.happened[option])}`}`
                : ""}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const [LEFT, RIGHT, HIGH] = [-0.1, 1.15, 46];

/** How much of the gap each run won back, as dots on a line; the table below has the numbers. */
function Recovered({ class_ }: { class_: readonly Reported[] }): ReactNode {
  const told = class_.flatMap(({ recovered }) => (recovered === null ? [] : [recovered]));
  if (told.length === 0) return null;
  const x = (share: number) => (600 * (share - LEFT)) / (RIGHT - LEFT);
  const stacked = new Map<number, number>(); // equal shares lie one above another
  const middle = [...told].sort((a, b) => a - b)[Math.floor(told.length / 2)]!;
  return (
    <figure className="class-dots">
      <figcaption>
        <b>Gap won back</b>, a dot a report: from {percent(Math.min(...told))} to {percent(Math.max(...told))}
        , the middle one {percent(middle)}
      </figcaption>
      <svg viewBox={`-8 0 616 ${HIGH + 20}`} aria-hidden="true">
        {[0, 0.5, 1].map((share) => (
          <g key={share}>
            <line className="grid" x1={x(share)} x2={x(share)} y1="0" y2={HIGH} />
            <text x={x(share)} y={HIGH + 15} textAnchor="middle">
              {percent(share)}
            </text>
          </g>
        ))}
        {told.map((share, i) => {
          const n = stacked.get(share) ?? 0;
          stacked.set(share, n + 1);
          // biome-ignore lint/suspicious/noArrayIndexKey: a dot is its report's place
          return <circle key={i} cx={x(share)} cy={HIGH - 5 - 7 * (n % 6)} r="4" />;
        })}
      </svg>
    </figure>
  );
}

function Pupils({ class_, lessons }: { class_: readonly Reported[]; lessons: readonly Lesson[] }): ReactNode {
  const marks = new Set(class_.map(({ lesson, settings }) => `${lesson} ${settings}`));
  const kinds = new Set(class_.map(({ lesson }) => lesson));
  return (
    <section>
      <h2>
        {integer(class_.length)} {plural(class_.length, "report")}
      </h2>
      <Scroll label="Reports">
        <table>
          <thead>
            <tr>
              <th scope="col">who</th>
              <th scope="col">lesson</th>
              <th scope="col">predicted rightly</th>
              <th scope="col">gap won back</th>
              <th scope="col">right, book closed</th>
              <th scope="col">settings</th>
            </tr>
          </thead>
          <tbody>
            {class_.map((one) => {
              const { right, of } = rightOf(one);
              return (
                <tr key={one.line}>
                  <th scope="row">{one.name || `line ${one.line}`}</th>
                  <td>{lessons.find(({ name }) => name === one.lesson)?.title ?? "a run"}</td>
                  <td>{of === 0 ? DASH : `${right} of ${of}`}</td>
                  <td>{percent(one.recovered)}</td>
                  <td>{percent(one.closed)}</td>
                  <td>
                    <code>{one.settings}</code>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      <p className="hint">
        {marks.size > kinds.size
          ? "Other marks are other settings: compare the numbers within one mark. "
          : "Equal marks are equal settings. "}
        <button
          type="button"
          className="link"
          onClick={() => download("class.csv", "text/csv", classCsv(class_))}
        >
          Save as CSV
        </button>
      </p>
    </section>
  );
}

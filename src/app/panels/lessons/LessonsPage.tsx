/** Lessons by link, `#/lesson/gap?step=2`: predict by a click, then see what a recorded run really did. */
import { type ReactNode, useEffect, useState } from "react";
import { loadRecordedRuns, type RecordedRun } from "../../recorded.ts";
import { hrefOf, lessonHref, usePart, useQuery } from "../../route.ts";
import type { Lesson, Step } from "./lesson.ts";
import { LESSONS } from "./lessons.ts";
import { StepPlots } from "./StepPlots.tsx";
import { Worksheet } from "./Worksheet.tsx";

export function LessonsPage(): ReactNode {
  const part = usePart();
  const [runs, setRuns] = useState<readonly RecordedRun[] | null>(null);
  useEffect(() => {
    loadRecordedRuns().then(setRuns, () => setRuns([]));
  }, []);
  const lesson = LESSONS.find(({ name }) => name === part);
  return (
    <main className="page lessons">
      {lesson ? runs && <OneLesson key={part} lesson={lesson} steps={lesson.steps(runs)} /> : <Contents />}
    </main>
  );
}

function Contents(): ReactNode {
  return (
    <>
      <header>
        <h1>Lessons</h1>
        <p>
          Say first what will happen, then see what did. Each takes a few minutes, on recorded runs, so that
          any machine will do.
        </p>
      </header>
      <ol className="lesson-list">
        {LESSONS.map(({ name, title, says }) => (
          <li key={name}>
            <h2>
              <a href={lessonHref(name, 1)}>{title}</a>
            </h2>
            <p>{says}</p>
          </li>
        ))}
      </ol>
      <p className="hint">
        For a class: <kbd>B</kbd> makes the type big. A link may name a step, and hide what would distract:{" "}
        <code>#/lesson/gap?step=2&amp;hide=nav</code>, <code>#/lab?hide=setup,ask</code>. A lesson’s worksheet
        has its key on a page of its own.
      </p>
    </>
  );
}

function OneLesson({ lesson, steps }: { lesson: Lesson; steps: Step[] }): ReactNode {
  const asked = Number(useQuery("step") ?? 1);
  const at = Math.min(Math.max(1, Number.isInteger(asked) ? asked : 1), Math.max(1, steps.length));
  const [given, setGiven] = useState<Readonly<Record<number, number>>>({}); // by step: the option that was predicted
  const step = steps[at - 1];
  const guess = given[at] ?? null;
  if (!step)
    return (
      <p className="hint">
        The recorded runs that this lesson is about are not on this site. <a href="#/lesson">All lessons</a>
      </p>
    );
  const right = steps.filter((s, i) => given[i + 1] === s.truth).length;
  return (
    <>
      <header>
        <p className="eyebrow">
          {lesson.title} · step {at} of {steps.length}
        </p>
        <h1>{step.says}</h1>
      </header>
      <div className="lesson-step">
        <fieldset className="prediction" disabled={guess !== null}>
          <legend>{step.asks}</legend>
          {step.options.map((words, i) => (
            <button
              key={words}
              type="button"
              className={guess === null ? "" : i === step.truth ? "was" : i === guess ? "guessed" : "other"}
              aria-pressed={guess === i}
              onClick={() => setGiven({ ...given, [at]: i })}
            >
              {words}
              {guess !== null && i === step.truth && <small> what happened</small>}
              {guess === i && i !== step.truth && <small> your prediction</small>}
            </button>
          ))}
        </fieldset>
        <div className="revealed" aria-live="polite">
          {guess !== null && (
            <p>
              <b>{guess === step.truth ? "As you said." : "Not as you said."}</b> {step.reveals}
            </p>
          )}
        </div>
        <StepPlots key={at} plots={step.plots} revealed={guess !== null} />
      </div>
      <nav className="lesson-walk" aria-label="Steps">
        {at > 1 && <a href={lessonHref(lesson.name, at - 1)}>← Back</a>}
        {at < steps.length
          ? guess !== null && (
              <a className="next" href={lessonHref(lesson.name, at + 1)}>
                Next →
              </a>
            )
          : guess !== null && (
              <span>
                {right} of {steps.length} predicted. <a href={hrefOf("lab")}>Now run it yourself</a> ·{" "}
                <a href="#/lesson">all lessons</a>
              </span>
            )}
        <button type="button" className="link" onClick={() => window.print()}>
          Print a worksheet
        </button>
      </nav>
      <Worksheet title={lesson.title} steps={steps} />
    </>
  );
}

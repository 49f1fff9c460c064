/** Lessons by link, `#/lesson/gap?step=2`: predict by a click, then see what a run really did: a recorded one, or one's own. */
import { lazy, type ReactNode, Suspense, useEffect, useMemo, useState } from "react";
import { gapPoints, gapRecovered } from "../../charts/gap.ts";
import { useLab } from "../../lab.ts";
import { loadRecordedRuns, type RecordedRun } from "../../recorded.ts";
import { CLASS_HREF, hrefOf, lessonHref, usePart, useQuery } from "../../route.ts";
import { labStatus, type StoredRun, useRunStore } from "../../stores/runStore.ts";
import { ClassCode } from "./class/ClassCode.tsx";
import { type ClassResult, markOf } from "./class/code.ts";
import { ends, type Lesson, rowsOf, type Step } from "./lesson.ts";
import { LESSONS } from "./lessons.ts";
import { DecideBy, RunHere, type Source } from "./RunHere.tsx";
import { StepPlots } from "./StepPlots.tsx";
import { asRecorded, loadShortRuns, type ShortName, useShortRuns } from "./shortRuns.ts";
import { Worksheet } from "./Worksheet.tsx";

const OneQuestionPage = lazy(async () => ({
  default: (await import("./one/OneQuestionPage.tsx")).OneQuestionPage,
}));

const ClassPage = lazy(async () => ({ default: (await import("./class/ClassPage.tsx")).ClassPage }));

export function LessonsPage(): ReactNode {
  const part = usePart();
  const [runs, setRuns] = useState<readonly RecordedRun[] | null>(null);
  useEffect(() => {
    loadRecordedRuns().then(setRuns, () => setRuns([]));
  }, []);
  const lesson = LESSONS.find(({ name }) => name === part);
  return (
    <main className="page lessons">
      {part === "one" ? (
        <Suspense>
          <OneQuestionPage />
        </Suspense>
      ) : part === "class" ? (
        runs && (
          <Suspense>
            <ClassPage lessons={LESSONS} runs={runs} />
          </Suspense>
        )
      ) : lesson ? (
        runs && <OneLesson key={part} lesson={lesson} runs={runs} />
      ) : (
        <Contents />
      )}
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
          any machine will do; with WebGPU some steps can be run on this machine instead.
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
        <li>
          <h2>
            <a href="#/lesson/one">One question, one cycle</a>
          </h2>
          <p>
            A question of your own, from the search to the reward to being known: one stage after the other,
            on this machine.
          </p>
        </li>
      </ol>
      <p className="hint">
        For a class: <kbd>B</kbd> makes the type big. A link may name a step, and hide what would distract:{" "}
        <code>#/lesson/gap?step=2&amp;hide=nav</code>, <code>#/lab?hide=setup,ask</code>. A lesson’s worksheet
        has its key on a page of its own. Who ends a lesson has six words for the class;{" "}
        <a href={CLASS_HREF}>put together</a> they show what was predicted and what happened.
      </p>
    </>
  );
}

interface Given {
  option: number;
  source: Source; // as it was chosen when the prediction was made
}

function OneLesson({ lesson, runs }: { lesson: Lesson; runs: readonly RecordedRun[] }): ReactNode {
  const steps = useMemo(() => lesson.steps(runs), [lesson, runs]);
  const { stored, own } = useOwnRuns();
  const mine = useMemo(() => lesson.steps(own), [lesson, own]);
  const asked = Number(useQuery("step") ?? 1);
  const at = Math.min(Math.max(1, Number.isInteger(asked) ? asked : 1), Math.max(1, steps.length));
  const [given, setGiven] = useState<Readonly<Record<number, Given>>>({}); // by step
  const [wanted, setWanted] = useState<Readonly<Record<number, Source>>>({});
  const recorded = steps[at - 1];
  if (!recorded)
    return (
      <p className="hint">
        The recorded runs that this lesson is about are not on this site. <a href="#/lesson">All lessons</a>
      </p>
    );
  const mineOf = ({ id }: Step): Step | null => mine.find((step) => step.id === id) ?? null;
  const source: Source = given[at]?.source ?? wanted[at] ?? (mineOf(recorded) ? "here" : "recorded");
  /** What decided a step that was predicted; null while it is being run. */
  const decided = (i: number): Step | null =>
    given[i]?.source === "here" ? mineOf(steps[i - 1]!) : steps[i - 1]!;
  const step = source === "here" ? mineOf(recorded) : recorded;
  const guess = given[at]?.option ?? null;
  const revealed = guess !== null && step !== null;
  const right = steps.filter((_, i) => given[i + 1]?.option === decided(i + 1)?.truth).length;
  const { here } = recorded;
  const offered = here && (mineOf(recorded) !== null || isOffered(here, stored));
  return (
    <>
      <header>
        <p className="eyebrow">
          {lesson.title} · step {at} of {steps.length}
        </p>
        <h1>{recorded.says}</h1>
      </header>
      <div className="lesson-step">
        {offered && guess === null && (
          <DecideBy
            name={here}
            source={source}
            done={mineOf(recorded) !== null}
            choose={(to) => setWanted({ ...wanted, [at]: to })}
          />
        )}
        <fieldset className="prediction" disabled={guess !== null}>
          <legend>{recorded.asks}</legend>
          {recorded.options.map((words, i) => (
            <button
              key={words}
              type="button"
              className={guess === null ? "" : i === step?.truth ? "was" : i === guess ? "guessed" : "other"}
              aria-pressed={guess === i}
              onClick={() => setGiven({ ...given, [at]: { option: i, source } })}
            >
              {words}
              {revealed && i === step.truth && <small> what happened</small>}
              {guess === i && i !== step?.truth && <small> your prediction</small>}
            </button>
          ))}
        </fieldset>
        <div className="revealed" aria-live="polite">
          {revealed && (
            <p>
              <b>{guess === step.truth ? "As you said." : "Not as you said."}</b> {step.reveals}
            </p>
          )}
        </div>
        {guess !== null && step === null && here && (
          <RunHere
            name={here}
            stored={stored[here] ?? null}
            giveUp={() => setGiven({ ...given, [at]: { option: guess, source: "recorded" } })}
          />
        )}
        {step && (
          <StepPlots key={`${at} ${source}`} plots={step.plots} own={source === "here"} revealed={revealed} />
        )}
      </div>
      <nav className="lesson-walk" aria-label="Steps">
        {at > 1 && <a href={lessonHref(lesson.name, at - 1)}>← Back</a>}
        {at < steps.length
          ? revealed && (
              <a className="next" href={lessonHref(lesson.name, at + 1)}>
                Next →
              </a>
            )
          : revealed && (
              <span>
                {right} of {steps.length} predicted rightly. <a href={hrefOf("lab")}>Now run it yourself</a> ·{" "}
                <a href="#/lesson">all lessons</a>
              </span>
            )}
        <button type="button" className="link" onClick={() => window.print()}>
          Print a worksheet
        </button>
      </nav>
      {at === steps.length && revealed && <ClassCode result={resultOf(lesson, steps, given, decided)} />}
      <Worksheet title={lesson.title} steps={steps} />
    </>
  );
}

/** What is reported of a lesson: its predictions, and the last run that it showed. */
function resultOf(
  lesson: Lesson,
  steps: readonly Step[],
  given: Readonly<Record<number, Given>>,
  decided: (i: number) => Step | null,
): ClassResult {
  const told = steps.map((_, i) => (given[i + 1] ? decided(i + 1) : null));
  const run = told.findLast((step) => step !== null && step.plots.length > 0)?.plots.at(-1)?.run;
  return {
    lesson: lesson.name as ClassResult["lesson"],
    predicted: steps.map((_, i) => given[i + 1]?.option ?? null),
    happened: told.map((step) => step?.truth ?? null),
    recovered: run ? gapRecovered(gapPoints(rowsOf(run), "answers")) : null,
    closed: (run && ends(run)?.last.closed_test) ?? null,
    settings: run ? markOf(run.config) : "00",
  };
}

/** The short runs of this browser: as stored, and those that are finished as a lesson reads them. */
function useOwnRuns(): { stored: Partial<Record<ShortName, StoredRun>>; own: RecordedRun[] } {
  const lab = useLab();
  const ids = useShortRuns((s) => s.ids);
  const status = useRunStore(labStatus); // one that was under way may have ended
  const [stored, setStored] = useState<Partial<Record<ShortName, StoredRun>>>({});
  useEffect(() => {
    void [ids, status];
    let over = false;
    loadShortRuns(lab).then(
      (found) => over || setStored(found),
      () => {}, // the Runs page says what cannot be read
    );
    return () => {
      over = true;
    };
  }, [lab, ids, status]);
  const own = useMemo(() => Object.values(stored).flatMap((run) => asRecorded(run) ?? []), [stored]);
  return { stored, own };
}

/** Reasons are compared with brief answers: only where those were run here can the second run be. */
const isOffered = (name: ShortName, stored: Partial<Record<ShortName, StoredRun>>): boolean =>
  name !== "both" || stored.brief?.run.status === "finished";

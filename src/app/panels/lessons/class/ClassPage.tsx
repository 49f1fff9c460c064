/** `#/lesson/class`: a teacher puts the six words of many together; nothing is sent, the codes are pasted here. */
import { type ReactNode, useEffect, useId, useMemo, useState } from "react";
import { ConfirmButton } from "../../../components/ConfirmButton.tsx";
import { Scroll } from "../../../components/Scroll.tsx";
import { download } from "../../../download.ts";
import { DASH, integer, percent, plural } from "../../../format.ts";
import type { RecordedRun } from "../../../recorded.ts";
import { CLASS_HREF, parseQuery, useQuery } from "../../../route.ts";
import type { Lesson } from "../lesson.ts";
import { ClassPlot, type ClassRow } from "./ClassPlot.tsx";
import { addCode, followOtherTabs, useClassStore } from "./classStore.ts";
import { readLines } from "./code.ts";
import { RecoveredPlot } from "./RecoveredPlot.tsx";
import { classCsv, countSteps, type Reported, remarks, reported, rightOf } from "./summary.ts";

export interface ClassPageProps {
  lessons: readonly Lesson[];
  runs: readonly RecordedRun[]; // the words of the lessons' steps are read off them
}

const RUN = "a run"; // without a lesson

export function ClassPage({ lessons, runs }: ClassPageProps): ReactNode {
  const id = useId();
  const text = useClassStore((s) => s.text);
  const added = useAdded();
  useEffect(followOtherTabs, []);
  const lines = useMemo(() => readLines(text), [text]);
  const class_ = useMemo(() => reported(lines), [lines]);
  const titleOf = (name: string) => lessons.find((lesson) => lesson.name === name)?.title ?? RUN;
  const notes = remarks(lines, titleOf);
  const rows = useMemo(() => rowsOf(lessons, runs, class_), [lessons, runs, class_]);
  return (
    <>
      <header>
        <h1>A class in one picture</h1>
        <p>
          Who has finished a lesson has six words. Paste them here, one pupil a line; a name may stand before
          them. Nothing is sent anywhere: the lines stay in this browser until you clear them.
        </p>
      </header>
      <div className="class-page">
        <label htmlFor={id} className="eyebrow">
          Codes
        </label>
        <textarea
          id={id}
          rows={Math.min(16, Math.max(6, lines.length + 1))}
          spellCheck={false}
          value={text}
          placeholder="Anna: six words&#10;Ben: six words"
          onChange={(e) => useClassStore.setState({ text: e.target.value })}
        />
        <p className="hint" role="status">
          {added ??
            (lines.length === 0
              ? ""
              : `${integer(class_.length)} of ${integer(lines.length)} ${plural(lines.length, "line")} counted. `)}
        </p>
        {lines.some(({ decoded }) => "fault" in decoded) && (
          <ul className="fault" aria-label="Lines that cannot be read">
            {lines.map(
              ({ line, name, decoded }) =>
                "fault" in decoded && (
                  <li key={line}>
                    Line {line}
                    {name && ` (${name})`}: {decoded.fault}
                  </li>
                ),
            )}
          </ul>
        )}
        {notes.length > 0 && (
          <ul className="hint" aria-label="Remarks">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
        {text !== "" && (
          <p>
            <ConfirmButton
              label="Clear"
              question="Clear all lines?"
              of="of codes"
              onConfirm={() => useClassStore.setState({ text: "" })}
            />
          </p>
        )}
        {class_.length > 0 && (
          <>
            {rows.length > 0 && (
              <section>
                <h2>Predicted, and what happened</h2>
                <ClassPlot rows={rows} />
              </section>
            )}
            <RecoveredPlot class_={class_} />
            <Pupils class_={class_} titleOf={titleOf} />
          </>
        )}
      </div>
    </>
  );
}

/** Every step that somebody predicted, lesson by lesson. */
const rowsOf = (
  lessons: readonly Lesson[],
  runs: readonly RecordedRun[],
  class_: readonly Reported[],
): ClassRow[] =>
  lessons.flatMap((lesson) => {
    const steps = lesson.steps(runs);
    return countSteps(class_, lesson.name as Reported["lesson"]).map((count) => ({
      lesson,
      step: steps[count.step] ?? null,
      count,
    }));
  });

/** Takes in the code that a link brought, once, and says what became of it; the address is without it then, so that a reload adds nothing. */
function useAdded(): string | null {
  const [added, setAdded] = useState<string | null>(null);
  const code = useQuery("add");
  useEffect(() => {
    const brought = code && parseQuery(window.location.hash, "add");
    if (!brought) return;
    setAdded(addCode(brought));
    window.history.replaceState(null, "", CLASS_HREF);
  }, [code]);
  return added;
}

function Pupils({
  class_,
  titleOf,
}: {
  class_: readonly Reported[];
  titleOf(lesson: string): string;
}): ReactNode {
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
                  <td>{titleOf(one.lesson)}</td>
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

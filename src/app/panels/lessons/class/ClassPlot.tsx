/**
 * A class in one picture: a row a step, its options side by side, a dot a pupil under the option that was predicted. What
 * happened is framed; a dot is filled where the prediction came true.
 */
import { type ReactNode, useRef } from "react";
import { Frame } from "../../../charts/Frame.tsx";
import { wrapped } from "../../../charts/figure.ts";
import type { Plane } from "../../../charts/plane.ts";
import { useWidth } from "../../../components/useWidth.ts";
import { integer } from "../../../format.ts";
import type { Lesson, Step } from "../lesson.ts";
import type { StepCount } from "./summary.ts";

export interface ClassRow {
  lesson: Lesson;
  step: Step | null; // null: not among the lessons of this page
  count: StepCount;
}

const [DOT, PITCH] = [4.5, 13]; // px: a dot's radius, and how far dots are apart
const [TITLE, QUESTION, WORDS, GAP] = [30, 19, 16, 22]; // px: heights of lines, and between rows
const OPTIONS = 3;
const MEAN = 0.48; // of the type's size: a character's width, a little more than measured, so that no line is cut

interface Laid {
  title: number | null; // the baseline of the lesson's title; null where it stands above already
  asks: string[];
  asksAt: number; // the baseline of the first line
  top: number; // of the options
  bottom: number;
  dots: number; // the middle of the first line of dots
  options: string[][];
  optionsAt: number;
}

/** Where everything stands, px from the top, at a width. */
export function layOut(rows: readonly ClassRow[], width: number): { laid: Laid[]; height: number } {
  const slot = width / OPTIONS;
  const perLine = dotsPerLine(slot);
  let y = 0;
  const laid = rows.map((row, i): Laid => {
    const { lesson, count } = row;
    const isFirst = lesson !== rows[i - 1]?.lesson;
    const title = isFirst ? y + 18 : null;
    if (isFirst) y += TITLE;
    const asks = wrapped(`${count.step + 1}. ${asksOf(row)}`, Math.floor(width / (14 * MEAN)));
    const asksAt = y + 14;
    y += asks.length * QUESTION + 4;
    const top = y;
    const lines = Math.max(1, ...count.predicted.map((n) => Math.ceil(n / perLine)));
    const options = count.predicted.map((_, option) =>
      wrapped(optionOf(row, option), Math.floor((slot - 16) / (13 * MEAN))),
    );
    y += 12 + lines * PITCH;
    const optionsAt = y + 12;
    y += Math.max(...options.map((words) => words.length)) * WORDS + WORDS + 8;
    const bottom = y;
    y += GAP;
    return { title, asks, asksAt, top, bottom, dots: top + 8 + PITCH / 2, options, optionsAt };
  });
  return { laid, height: y };
}

const dotsPerLine = (slot: number): number => Math.max(1, Math.floor((slot - 44) / PITCH));
const asksOf = ({ step }: ClassRow): string =>
  step?.asks ?? "This step is not among the lessons of this page.";
const optionOf = ({ step }: ClassRow, option: number): string =>
  step ? (step.options[option] ?? "") : `option ${option + 1}`;
const cameTrue = ({ happened }: StepCount, option: number): string => {
  const all = happened.reduce((sum, n) => sum + n, 0);
  return happened[option] === 0
    ? ""
    : happened[option] === all
      ? "✓ happened"
      : `✓ for ${integer(happened[option])}`;
};

export function ClassPlot({ rows }: { rows: readonly ClassRow[] }): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 720);
  const { laid, height } = layOut(rows, width);
  const several = rows.some(({ lesson }) => lesson !== rows[0]?.lesson);
  const said = rows
    .filter(({ count }) => count.of > 0)
    .map(
      ({ lesson, count }) =>
        `${several ? `${lesson.title}, ` : ""}step ${count.step + 1}: ${integer(count.right)} of ${integer(count.of)}`,
    );
  const says = `Predicted rightly: ${said.join("; ") || "nothing yet"}.`;
  const marks = ({ looked }: Plane) => (
    <>
      {rows.map((row, i) => (
        <Row
          key={`${row.lesson.name} ${row.count.step}`}
          row={row}
          at={laid[i]!}
          slot={width / OPTIONS}
          looked={looked?.row === i ? looked.column : null}
        />
      ))}
    </>
  );
  return (
    <div ref={frame} className="class-plot">
      <p className="hint class-key">
        A dot is a pupil, under what was predicted: <Key shape="hit" words="it came true," />{" "}
        <Key shape="miss" words="it did not." /> What happened is framed.
      </p>
      <Frame
        title="Predicted and happened"
        says={says}
        x={{ domain: [-0.5, OPTIONS - 0.5], ticks: () => [], title: null }}
        y={{ domain: [height, 0], ticks: () => [], title: null }}
        height={() => height}
        margins={() => ({ left: 0, right: 0, top: 0, bottom: 0 })}
        walk={{
          columns: Array.from({ length: OPTIONS }, (_, option) => option),
          rows: laid.map(({ top, bottom }) => (top + bottom) / 2),
        }}
        reading={({ column, row }) => readingOf(rows[row]!, column)}
        twin={{
          summary: "The same as a table",
          label: "Predicted and happened, step by step",
          head: ["step", "option", "predicted", "of these came true", "happened"],
          rows: rows.flatMap((row) =>
            row.count.predicted.map((n, option) => ({
              key: `${row.lesson.name} ${row.count.step} ${option}`,
              cells: [
                `${row.lesson.title}, ${row.count.step + 1}`,
                optionOf(row, option),
                integer(n),
                integer(row.count.hits[option]),
                cameTrue(row.count, option),
              ],
            })),
          ),
        }}
        caption={`${says} A dot is a pupil, under what was predicted; filled: it came true; framed: what happened.`}
      >
        {marks}
      </Frame>
    </div>
  );
}

function readingOf(row: ClassRow, option: number): string {
  const { count } = row;
  const all = count.predicted.reduce((sum, n) => sum + n, 0);
  const truth = cameTrue(count, option).replace("✓ ", "");
  return `${count.step + 1}. ${optionOf(row, option)}: ${integer(count.predicted[option])} of ${integer(all)} predicted it${truth && ` · ${truth === "happened" ? "it happened" : `it happened ${truth}`}`}`;
}

function Key({ shape, words }: { shape: "hit" | "miss"; words: string }): ReactNode {
  return (
    <span className="class-shape">
      <svg width="11" height="11" viewBox="0 0 11 11" aria-hidden="true">
        <circle className={`class-${shape}`} cx="5.5" cy="5.5" r={DOT} />
      </svg>{" "}
      {words}
    </span>
  );
}

interface RowProps {
  row: ClassRow;
  at: Laid;
  slot: number; // px, an option's width
  looked: number | null;
}

function Row({ row, at, slot, looked }: RowProps): ReactNode {
  const { lesson, count } = row;
  const perLine = dotsPerLine(slot);
  return (
    <g>
      {at.title !== null && (
        <text className="class-lesson" x={0} y={at.title}>
          {lesson.title}
        </text>
      )}
      {at.asks.map((line, i) => (
        <text key={line} className="class-asks" x={0} y={at.asksAt + i * QUESTION}>
          {line}
        </text>
      ))}
      {count.predicted.map((n, option) => {
        const left = option * slot;
        const words = at.options[option]!;
        if (n === 0 && words.length === 0) return null; // a step may have fewer options
        const truth = cameTrue(count, option);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: an option is its place
          <g key={option}>
            <rect
              className={`class-slot${truth ? " truth" : ""}${looked === option ? " looked" : ""}`}
              x={left + 2}
              y={at.top}
              width={slot - 6}
              height={at.bottom - at.top}
              rx={3}
            />
            <text className="class-n" x={left + 10} y={at.dots + 5}>
              {integer(n)}
            </text>
            {Array.from({ length: n }, (_, i) => (
              <circle
                // biome-ignore lint/suspicious/noArrayIndexKey: a dot is its place
                key={i}
                className={i < count.hits[option]! ? "class-hit" : "class-miss"}
                cx={left + 38 + (i % perLine) * PITCH}
                cy={at.dots + Math.floor(i / perLine) * PITCH}
                r={DOT}
              />
            ))}
            {words.map((line, i) => (
              <text
                key={line}
                className={truth ? "class-was" : "class-option"}
                x={left + 10}
                y={at.optionsAt + i * WORDS}
              >
                {line}
              </text>
            ))}
            {truth && (
              <text className="class-option" x={left + 10} y={at.optionsAt + words.length * WORDS}>
                {truth}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

/** Questions × cycles: which were right, open and closed, told by shape and colour; a click opens the inspector. */
import { type ReactNode, useMemo } from "react";
import type { CycleAnswers, Question } from "../../core/run.ts";
import { DASH } from "../format.ts";
import { cycleAxis } from "./axes.ts";
import { Frame } from "./Frame.tsx";
import { type FlipRow, type FlipState, flipRows } from "./flips.ts";
import type { Axis, Cursor, Plane } from "./plane.ts";

export interface FlipGridProps {
  answers: readonly CycleAnswers[]; // in order of cycle
  questions: readonly Question[];
  looked: number; // the question in the inspector
  title: string;
  onPick(question: number): void;
}

type Known = Exclude<FlipState, null>;
const KNOWN: readonly Known[] = ["both", "closed", "open", "neither"];
const WORDS: Record<Known, string> = {
  both: "right open and closed",
  closed: "right closed only",
  open: "right open only",
  neither: "right in neither",
};

const ROW = 8; // px
const TALLEST = 1400; // px; of more questions rows get lower

export function FlipGrid({ answers, questions, looked, title, onPick }: FlipGridProps): ReactNode {
  const rows = useMemo(
    () =>
      flipRows(
        answers,
        questions.map((q) => q.answer),
      ),
    [answers, questions],
  );
  const cycles = answers.map((a) => a.cycle);
  const last = cycles.at(-1) ?? 0;
  const count = (is: (row: FlipRow) => boolean) => rows.filter(is).length;
  const says = [
    `${count((r) => r.forgotten !== null)} forgotten`,
    `${count((r) => r.learnt !== null && r.learnt > cycles[0]!)} learnt`,
    `${count((r) => r.learnt === cycles[0])} known from the start`,
    `${count((r) => r.learnt === null && r.forgotten === null)} never right`,
  ].join(", ");
  const x: Axis = { ...cycleAxis(last), domain: [cycles[0]! - 0.5, last + 0.5] };
  const y: Axis = { domain: [rows.length - 0.5, -0.5], ticks: () => [], title: null };

  const reading = ({ column, row }: Cursor) => {
    const at = rows[row]!;
    const { closed_test, open_test, cycle } = answers[column]!;
    return (
      <>
        {questions[at.question]!.question} · cycle {cycle}:{" "}
        <span className="closed">
          closed <b>{closed_test[at.question] ?? DASH}</b>
        </span>
        ,{" "}
        <span className="open">
          open <b>{open_test[at.question] ?? DASH}</b>
        </span>
        {becameOf(at, cycles[0]!)}
      </>
    );
  };

  const marks = (plane: Plane) => {
    const { left, right } = plane;
    const high = Math.min(4, (plane.y(1) - plane.y(0)) / 2 - 0.75);
    const wide = Math.min(14, (plane.x(1) - plane.x(0)) * 0.36);
    const shapes = KNOWN.map((state) => ({
      state,
      d: rows
        .flatMap((row, i) =>
          row.states.map((at, c) =>
            at === state ? SHAPES[state](plane.x(cycles[c]!), plane.y(i), wide, high) : "",
          ),
        )
        .join(""),
    }));
    const shown = rows.findIndex((row) => row.question === looked);
    const at = plane.looked?.row;
    return (
      <>
        {shown >= 0 && (
          <line className="shown" x1={left} x2={right} y1={plane.y(shown)} y2={plane.y(shown)} />
        )}
        {at !== undefined && <line className="hair" x1={left} x2={right} y1={plane.y(at)} y2={plane.y(at)} />}
        {shapes.map(({ state, d }) => (
          <path key={state} className={`flip-${state}`} d={d} />
        ))}
      </>
    );
  };

  return (
    <>
      <p className="flip-key">
        {KNOWN.map((state) => (
          <span key={state} className="flip-state">
            <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
              <path className={`flip-${state}`} d={SHAPES[state](6, 6, 5, 4)} />
            </svg>
            {WORDS[state]}
          </span>
        ))}
      </p>
      <Frame
        className="flips"
        title={title}
        says={`${questions.length} questions over ${cycles.length} tests: ${says}.`}
        x={x}
        y={y}
        height={() => Math.min(TALLEST, rows.length * ROW) + 52}
        margins={() => ({ left: 8, right: 8, top: 8, bottom: 44 })}
        walk={{
          columns: cycles,
          rows: rows.map((_, i) => i),
          start: { column: cycles.length - 1, row: 0 },
          pick: ({ row }) => onPick(rows[row]!.question),
        }}
        reading={reading}
        twin={{
          summary: "As a table",
          label: "Every question by cycle",
          head: ["question", "since", ...cycles.map((c) => `cycle ${c}`)],
          rows: rows.map((row) => ({
            key: String(row.question),
            cells: [
              questions[row.question]!.question,
              row.learnt === null ? (row.forgotten === null ? "never" : "forgotten") : row.learnt,
              ...row.states.map((state) => (state === null ? DASH : WORDS[state].replace("right ", ""))),
            ],
          })),
        }}
        caption={`Each row a held-out question, each column a test: ${says}. ${KNOWN.map((state) => `${NAMES[state]}: ${WORDS[state]}`).join("; ")}.`}
      >
        {marks}
      </Frame>
      <p className="hint">
        {says}. The forgotten are on top, then those learnt first. A click, or Enter, opens a question.
      </p>
    </>
  );
}

/** A mark round a point, `w` and `h` from its middle to its edges, px. */
const SHAPES: Record<Known, (x: number, y: number, w: number, h: number) => string> = {
  both: (x, y, w, h) => `M${n(x - w)} ${n(y - h)}h${n(2 * w)}v${n(2 * h)}h${n(-2 * w)}Z`,
  closed: (x, y, w, h) => `M${n(x)} ${n(y - h)}L${n(x + w)} ${n(y + h)}L${n(x - w)} ${n(y + h)}Z`,
  open: (x, y, w, h) =>
    `M${n(x - w)} ${n(y)}a${n(w)} ${n(h)} 0 1 0 ${n(2 * w)} 0a${n(w)} ${n(h)} 0 1 0 ${n(-2 * w)} 0Z`,
  neither: (x, y, w) => `M${n(x - w)} ${n(y)}h${n(2 * w)}`,
};
const NAMES: Record<Known, string> = { both: "square", closed: "triangle", open: "ring", neither: "dash" };
const n = (v: number): string => v.toFixed(1);

function becameOf({ learnt, forgotten }: FlipRow, first: number): string {
  if (forgotten !== null) return ` · forgotten after cycle ${forgotten}`;
  if (learnt === null) return " · never right";
  return learnt === first ? " · known from the start" : ` · learnt in cycle ${learnt}`;
}

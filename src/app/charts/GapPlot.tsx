/** The hero: two lines, their intervals, the gap between them, and what answering without knowing would give. */
import type { ReactNode } from "react";
import { wilson } from "../../core/intervals.ts";
import type { Baselines, CycleRow } from "../../core/run.ts";
import { fixed, percent } from "../format.ts";
import { cycleAxis, unitAxis } from "./axes.ts";
import { Frame } from "./Frame.tsx";
import { type GapPoint, gapPoints, type Measure } from "./gap.ts";
import { Band, Baseline, baselineLabels, Elsewhere, ExtraLines, type Line } from "./gapLayers.tsx";
import { firstFree, textBox } from "./place.ts";
import type { Plane } from "./plane.ts";
import { bandPath, linePath, type Point } from "./scale.ts";
import type { Twin } from "./TableTwin.tsx";

export interface GapPlotProps {
  rows: readonly CycleRow[];
  measure: Measure;
  cycles: number; // length of the axis
  questions: number | null; // behind each share; no intervals without it
  baselines: Baselines | null;
  extraLines: boolean; // also training and two-hop questions, closed book
  elsewhere: boolean; // also the open book on an archive never trained on
  faint: boolean; // a recording behind a lab that could run
  title: string; // what run it is of
  says: string; // the picture in words, for those who do not see it
  twin: Twin;
}

const NAMES: Record<Line, string> = { open: "open book", closed: "closed book" };
const LINES = ["open", "closed"] as const;

export function GapPlot(props: GapPlotProps): ReactNode {
  const { measure, questions, faint, rows } = props;
  const last = Math.max(1, props.cycles, ...rows.map((r) => r.cycle));
  const points = gapPoints(rows, measure);
  const say = measure === "answers" ? percent : (v: number | null) => fixed(v);
  const of = (line: Line) => points.filter((p) => p[line] !== null);
  const both = points.filter(isBoth);
  const baselines = measure === "answers" ? props.baselines : null;

  const marks = (plane: Plane) => {
    const { x, y, narrow } = plane;
    const ends = labelHeights(of("open").at(-1)?.open, of("closed").at(-1)?.closed, y, narrow ? 34 : 20);
    const linesOf = (line: Line, end: GapPoint) =>
      narrow ? [line, say(end[line])] : [`${NAMES[line]} ${say(end[line])}`];
    const spotsOf = (line: Line) => of(line).map((p): Point => [x(p.cycle), y(p[line]!)]);
    const written = LINES.flatMap((line) => {
      const end = of(line).at(-1);
      return end ? endBoxes(linesOf(line, end), x(end.cycle) + BESIDE, ends[line] + 5) : [];
    });
    const trivial = baselines ? baselineLabels(baselines, LINES.map(spotsOf), written, plane) : [];
    return (
      <g className={faint ? "recording" : undefined}>
        {both.length > 1 && (
          <path
            className="gap"
            d={bandPath(
              both.map((p) => [x(p.cycle), y(p.open)]),
              both.map((p) => [x(p.cycle), y(p.closed)]),
            )}
          />
        )}
        {questions !== null &&
          LINES.map((line) => (
            <Band key={line} line={line} points={of(line)} questions={questions} x={x} y={y} />
          ))}
        <Baseline labels={trivial} plane={plane} />
        {props.extraLines && measure === "answers" && <ExtraLines rows={rows} x={x} y={y} />}
        {props.elsewhere && <Elsewhere points={points} say={say} x={x} y={y} />}
        {LINES.map((line) => {
          const spots = spotsOf(line);
          const end = of(line).at(-1);
          return (
            <g key={line} className={`line ${line}`}>
              <path className="moving" d={linePath(spots)} />
              {spots.map(([cx, cy], i) => (
                <circle key={cx} cx={cx} cy={cy} r={i === spots.length - 1 ? 5 : spots.length > 40 ? 0 : 3} />
              ))}
              {end && (
                <text className="label" y={ends[line] + 5}>
                  {linesOf(line, end).map((text, i) => (
                    <tspan key={text} x={x(end.cycle) + BESIDE} dy={i * LINE_HEIGHT}>
                      {text}
                    </tspan>
                  ))}
                </text>
              )}
            </g>
          );
        })}
        {!props.elsewhere && points.length > 2 && (
          <GapName both={both} plane={plane} taken={trivial.map(({ box }) => box)} />
        )}
      </g>
    );
  };

  return (
    <Frame
      className="gap-plot"
      title={props.title}
      says={props.says}
      x={cycleAxis(last)}
      y={unitAxis(measure)}
      height={(width, narrow) => (narrow ? 300 : Math.min(430, Math.max(340, width * 0.52)))}
      margins={(narrow) => ({ left: 44, right: narrow ? 62 : 138, top: 14, bottom: 44 })}
      walk={{ columns: points.map((p) => p.cycle), start: { column: points.length - 1, row: 0 } }}
      reading={({ column }) => {
        const looked = points[column]!;
        return (
          <>
            cycle {looked.cycle}: <Reading name="open" value={looked.open} questions={questions} say={say} />{" "}
            · <Reading name="closed" value={looked.closed} questions={questions} say={say} />
            {props.elsewhere && looked.elsewhere !== null && (
              <span className="elsewhere">
                {" "}
                · elsewhere <b>{say(looked.elsewhere)}</b>
              </span>
            )}
          </>
        );
      }}
      twin={props.twin}
      {...(points.length > 0 && { caption: props.says })}
    >
      {marks}
    </Frame>
  );
}

const BESIDE = 12; // px from a line's end to its label
const LABEL_SIZE = 15; // px of its type, as plot.css has it
const LINE_HEIGHT = 16; // px

/** The boxes of a label's lines, the first with its baseline at `y`. */
const endBoxes = (lines: readonly string[], x: number, y: number) =>
  lines.map((text, i) => textBox(text, x, y + i * LINE_HEIGHT, LABEL_SIZE, "start"));

type Both = GapPoint & { open: number; closed: number };
const isBoth = (p: GapPoint): p is Both => p.open !== null && p.closed !== null;

const GAP_NAME = "the gap";
const GAP_SIZE = 16; // px of its type

interface GapNameProps {
  both: readonly Both[];
  plane: Plane;
  taken: Parameters<typeof firstFree>[2];
}

/** Names the gap where it is wide enough and nothing else is written: near the middle, else nearer the beginning. */
function GapName({ both, plane: { x, y, left }, taken }: GapNameProps): ReactNode {
  const middle = Math.floor((both.length - 1) / 2);
  const wide = both
    .slice(0, middle + 1)
    .reverse()
    .filter((p) => y(p.closed) - y(p.open) > 56);
  const spots = wide.flatMap((p) =>
    [1 / 3, 1 / 2, 2 / 3].map((share) => ({
      x: Math.max(x(p.cycle), left + 34),
      y: y(p.open) + (y(p.closed) - y(p.open)) * share + 6,
    })),
  );
  const spot = firstFree(spots, (at) => textBox(GAP_NAME, at.x, at.y, GAP_SIZE, "middle"), taken);
  return (
    spot && (
      <text className="gap-name" x={spot.x} y={spot.y} textAnchor="middle">
        {GAP_NAME}
      </text>
    )
  );
}

/** Where the two end labels go: at their lines, pushed apart where they would touch. */
function labelHeights(
  open: number | null | undefined,
  closed: number | null | undefined,
  y: (v: number) => number,
  apart: number,
): Record<Line, number> {
  const at = { open: y(open ?? 1), closed: y(closed ?? 0) };
  const push = apart - Math.abs(at.open - at.closed);
  if (open == null || closed == null || push <= 0) return at;
  const sign = at.open <= at.closed ? 1 : -1;
  return { open: at.open - (sign * push) / 2, closed: at.closed + (sign * push) / 2 };
}

interface ReadingProps {
  name: Line;
  value: number | null;
  questions: number | null;
  say: (v: number | null) => string;
}

function Reading({ name, value, questions, say }: ReadingProps): ReactNode {
  const interval = value === null || questions === null ? null : wilson(value, questions);
  return (
    <span className={name}>
      {name} <b>{say(value)}</b>
      {interval && ` (${say(interval.low)} to ${say(interval.high)})`}
    </span>
  );
}

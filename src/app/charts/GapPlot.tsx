/** The hero: two lines, their intervals, the gap between them, and what answering without knowing would give. */
import { type PointerEvent, type ReactNode, useRef, useState } from "react";
import { wilson } from "../../core/intervals.ts";
import type { Baselines, CycleRow } from "../../core/run.ts";
import { useWidth } from "../components/useWidth.ts";
import { fixed, percent } from "../format.ts";
import { type GapPoint, gapPoints, type Measure } from "./gap.ts";
import { Band, Baseline, Elsewhere, ExtraLines, type Line } from "./gapLayers.tsx";
import { bandPath, integerTicks, linear, linePath, type Point } from "./scale.ts";

export interface GapPlotProps {
  rows: readonly CycleRow[];
  measure: Measure;
  cycles: number; // length of the axis
  questions: number | null; // behind each share; no intervals without it
  baselines: Baselines | null;
  extraLines: boolean; // also training and two-hop questions, closed book
  elsewhere: boolean; // also the open book on an archive never trained on
  faint: boolean; // a recording behind a lab that could run
  says: string; // the picture in words, for those who do not see it
}

const NARROW = 560;
const NAMES: Record<Line, string> = { open: "open book", closed: "closed book" };

export function GapPlot(props: GapPlotProps): ReactNode {
  const { measure, cycles, questions, baselines, faint } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 720);
  const [hovered, setHovered] = useState<number | null>(null);

  const narrow = width < NARROW;
  const height = narrow ? 300 : Math.min(430, Math.max(340, width * 0.52));
  const left = 44;
  const right = width - (narrow ? 62 : 138);
  const top = 14;
  const bottom = height - 44;
  const last = Math.max(1, cycles, ...props.rows.map((r) => r.cycle));
  const x = linear([0, last], [left, right]);
  const y = linear([0, 1], [bottom, top]);

  const points = gapPoints(props.rows, measure);
  const say = measure === "answers" ? percent : (v: number | null) => fixed(v);
  const of = (line: Line) => points.filter((p) => p[line] !== null);
  const ends = labelHeights(of("open").at(-1)?.open, of("closed").at(-1)?.closed, y, narrow ? 34 : 20);
  const both = points.filter(
    (p): p is GapPoint & { open: number; closed: number } => p.open !== null && p.closed !== null,
  );
  const middle = both[Math.floor((both.length - 1) / 2)];
  const looked = points.find((p) => p.cycle === hovered) ?? null;

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const near = points.reduce<GapPoint | null>(
      (best, p) => (best && Math.abs(x(best.cycle) - at) <= Math.abs(x(p.cycle) - at) ? best : p),
      null,
    );
    setHovered(near && at < right + 20 ? near.cycle : null);
  };

  return (
    <div
      ref={frame}
      className="gap-plot"
      onPointerMove={onPointerMove}
      onPointerLeave={() => setHovered(null)}
    >
      <svg width="100%" height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={props.says}>
        {[0, 0.25, 0.5, 0.75, 1].map((v) => (
          <g key={v}>
            <line className="grid" x1={left} x2={right} y1={y(v)} y2={y(v)} />
            <text x={left - 8} y={y(v) + 4} textAnchor="end">
              {measure === "explanations" ? v : `${v * 100}${v === 1 ? " %" : ""}`}
            </text>
          </g>
        ))}
        {integerTicks(last, Math.max(3, Math.floor((right - left) / 44))).map((c) => (
          <text key={c} x={x(c)} y={bottom + 22} textAnchor="middle">
            {c}
          </text>
        ))}
        <text x={(left + right) / 2} y={height - 3} textAnchor="middle">
          cycle
        </text>

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
            (["open", "closed"] as const).map((line) => (
              <Band key={line} line={line} points={of(line)} questions={questions} x={x} y={y} />
            ))}
          {measure === "answers" && baselines && (
            <Baseline
              baselines={baselines}
              open={of("open").at(-1)?.open ?? 1}
              left={left}
              narrow={narrow}
              right={right}
              y={y}
            />
          )}
          {looked && <line className="hair" x1={x(looked.cycle)} x2={x(looked.cycle)} y1={top} y2={bottom} />}
          {props.extraLines && measure === "answers" && <ExtraLines rows={props.rows} x={x} y={y} />}
          {props.elsewhere && <Elsewhere points={points} say={say} x={x} y={y} />}
          {(["open", "closed"] as const).map((line) => {
            const spots = of(line).map((p): Point => [x(p.cycle), y(p[line]!)]);
            const end = of(line).at(-1);
            return (
              <g key={line} className={`line ${line}`}>
                <path className="moving" d={linePath(spots)} />
                {spots.map(([cx, cy], i) => (
                  <circle
                    key={cx}
                    cx={cx}
                    cy={cy}
                    r={i === spots.length - 1 ? 5 : spots.length > 40 ? 0 : 3}
                  />
                ))}
                {end && (
                  <text className="label" x={x(end.cycle) + 12} y={ends[line] + 5}>
                    {narrow ? (
                      <>
                        <tspan>{line}</tspan>
                        <tspan x={x(end.cycle) + 12} dy={16}>
                          {say(end[line])}
                        </tspan>
                      </>
                    ) : (
                      `${NAMES[line]} ${say(end[line])}`
                    )}
                  </text>
                )}
              </g>
            );
          })}
          {!props.elsewhere && middle && y(middle.closed) - y(middle.open) > 56 && points.length > 2 && (
            <text
              className="gap-name"
              x={x(middle.cycle)}
              y={(y(middle.open) * 2 + y(middle.closed)) / 3 + 6}
              textAnchor="middle"
            >
              the gap
            </text>
          )}
        </g>
      </svg>
      {looked && (
        <p className="readout" aria-hidden="true">
          cycle {looked.cycle}: <Reading name="open" value={looked.open} questions={questions} say={say} /> ·{" "}
          <Reading name="closed" value={looked.closed} questions={questions} say={say} />
          {props.elsewhere && looked.elsewhere !== null && (
            <span className="elsewhere">
              {" "}
              · elsewhere <b>{say(looked.elsewhere)}</b>
            </span>
          )}
        </p>
      )}
    </div>
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

/** Several runs over each other: colour says open or closed as everywhere, the dash says which run. */
import { type ReactNode, useRef } from "react";
import type { CycleRow } from "../../core/run.ts";
import { useWidth } from "../components/useWidth.ts";
import { fixed, percent } from "../format.ts";
import { type GapPoint, gapPoints, type Measure } from "./gap.ts";
import { integerTicks, linear, linePath, type Point } from "./scale.ts";
import { spread } from "./spread.ts";

const DASHES = ["none", "7 4", "2 3", "10 3 2 3", "1 5"] as const;
export const SERIES_COUNT = DASHES.length;

export interface RunSeries {
  id: string;
  name: string;
  rows: readonly CycleRow[];
}

/** The stroke of the n-th run, for the plot and its key. */
export const dashOf = (n: number): string => DASHES[n % SERIES_COUNT]!;

export function RunsPlot({
  series,
  measure,
  says,
}: {
  series: readonly RunSeries[];
  measure: Measure;
  says: string;
}): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame, 720);
  const height = Math.min(400, Math.max(280, width * 0.5));
  const [left, right, top, bottom] = [44, width - 60, 14, height - 44];
  const last = Math.max(1, ...series.flatMap((s) => s.rows.map((r) => r.cycle)));
  const x = linear([0, last], [left, right]);
  const y = linear([0, 1], [bottom, top]);
  const say = measure === "answers" ? percent : (v: number) => fixed(v);
  const lines = series.flatMap(({ id, rows }, n) => {
    const points = gapPoints(rows, measure);
    return (["open", "closed"] as const).map((line) => ({
      id,
      n,
      line,
      points: points.filter((p) => p[line] !== null),
    }));
  });
  const heights = spread(
    lines.map(({ points, line }) => endOf(points, line, y)),
    16,
    bottom,
  );

  return (
    <div ref={frame} className="gap-plot">
      <svg width="100%" height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={says}>
        {[0, 0.25, 0.5, 0.75, 1].map((v) => (
          <g key={v}>
            <line className="grid" x1={left} x2={right} y1={y(v)} y2={y(v)} />
            <text x={left - 8} y={y(v) + 4} textAnchor="end">
              {measure === "answers" ? `${v * 100}${v === 1 ? " %" : ""}` : v}
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
        {lines.map(({ id, n, line, points }, i) => {
          const end = points.at(-1);
          return (
            <g key={`${id} ${line}`} className={`line ${line}`}>
              <path
                d={linePath(points.map((p): Point => [x(p.cycle), y(p[line]!)]))}
                strokeDasharray={dashOf(n)}
              />
              {end && <circle cx={x(end.cycle)} cy={y(end[line]!)} r={4} />}
              {end && (
                <text className="label" x={x(end.cycle) + 10} y={heights[i]! + 5}>
                  {say(end[line]!)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

const endOf = (points: readonly GapPoint[], line: "open" | "closed", y: (v: number) => number): number =>
  y(points.at(-1)?.[line] ?? 0);

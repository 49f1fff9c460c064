/**
 * Arms of an experiment over each other: colour says open or closed as everywhere, dash and letter say which arm. The mean
 * over seeds is drawn, its t interval as a band from three seeds on, each seed thin under it.
 */
import type { ReactNode } from "react";
import type { CycleRow } from "../../core/run.ts";
import { type SeedMean, seedMean } from "../../core/statistics.ts";
import { fixed, percent } from "../format.ts";
import { ALONG, type Along, alongAxis, unitAxis } from "./axes.ts";
import { Frame } from "./Frame.tsx";
import { gapPoints, type Measure } from "./gap.ts";
import type { Plane } from "./plane.ts";
import { bandPath, linePath, type Point } from "./scale.ts";
import { spread } from "./spread.ts";
import type { Twin } from "./TableTwin.tsx";

const DASHES = ["none", "7 4", "2 3", "10 3 2 3", "1 5"] as const;
export const MOST_ARMS = DASHES.length;

export interface PlottedArm {
  id: string;
  letter: string;
  name: string;
  runs: readonly { seed: number; rows: readonly CycleRow[] }[]; // one for each seed
}

/** The stroke of the n-th arm, for the plot and its key. */
export const dashOf = (n: number): string => DASHES[n % MOST_ARMS]!;

type Line = "open" | "closed";
const LINES = ["open", "closed"] as const;

export interface ArmPoint {
  cycle: number;
  along: number; // mean over the seeds
  open: SeedMean | null;
  closed: SeedMean | null;
}

/**
 * Means over an arm's seeds, by cycle. A run that is not as far as the arm's furthest is left out: a mean over fewer seeds
 * further on would jump.
 */
export function armPoints(runs: PlottedArm["runs"], measure: Measure, along: Along): ArmPoint[] {
  const furthest = Math.max(-1, ...runs.flatMap(({ rows }) => rows.map((r) => r.cycle)));
  const whole = runs.map(({ rows }) => rows).filter((rows) => rows.some((r) => r.cycle === furthest));
  const points = whole.map((rows) => gapPoints(rows, measure));
  const cycles = [...new Set(points.flatMap((of) => of.map((p) => p.cycle)))].sort((a, b) => a - b);
  return cycles.map((cycle) => {
    const here = points.map((of) => of.find((p) => p.cycle === cycle));
    const rows = whole.flatMap((of) => of.find((r) => r.cycle === cycle) ?? []);
    return {
      cycle,
      along: seedMean(rows.map(ALONG[along].of))?.mean ?? cycle,
      open: seedMean(here.map((p) => p?.open ?? null)),
      closed: seedMean(here.map((p) => p?.closed ?? null)),
    };
  });
}

export interface ArmsPlotProps {
  arms: readonly PlottedArm[];
  measure: Measure;
  along: Along;
  title: string;
  says: string;
  caption: string;
}

export function ArmsPlot({ arms, measure, along, title, says, caption }: ArmsPlotProps): ReactNode {
  const say = measure === "answers" ? percent : (v: number | null | undefined) => fixed(v);
  const drawn = arms.map((arm, n) => ({ ...arm, n, points: armPoints(arm.runs, measure, along) }));
  const last = Math.max(
    0,
    ...arms.flatMap((arm) => arm.runs.flatMap(({ rows }) => rows.map(ALONG[along].of))),
  );
  const cycles = [...new Set(drawn.flatMap((arm) => arm.points.map((p) => p.cycle)))].sort((a, b) => a - b);
  const stops = cycles.map((cycle) => {
    const of = drawn.flatMap((arm) => arm.points.filter((p) => p.cycle === cycle).map((p) => p.along));
    return of.reduce((sum, at) => sum + at, 0) / of.length;
  });
  const between = (m: SeedMean | null): string =>
    m?.interval ? `${say(m.mean)} (${say(m.interval.low)} to ${say(m.interval.high)})` : say(m?.mean);

  const twin: Twin = {
    summary: "As a table",
    label: "Arms by cycle",
    head: [
      "arm",
      "cycle",
      "seeds",
      "open",
      "closed",
      ...Object.values(ALONG)
        .slice(1)
        .map((a) => a.title),
    ],
    rows: drawn.flatMap(({ id, letter, runs }) =>
      armPoints(runs, measure, "cycles").map((p) => ({
        key: `${id} ${p.cycle}`,
        cells: [
          letter,
          p.cycle,
          (p.closed ?? p.open)?.seeds ?? 0,
          between(p.open),
          between(p.closed),
          ...(Object.keys(ALONG) as Along[]).slice(1).map((other) => {
            const at = armPoints(runs, measure, other).find((q) => q.cycle === p.cycle)?.along;
            return other === "minutes" ? fixed(at, 1) : Math.round(at ?? 0).toLocaleString("en");
          }),
        ],
      })),
    ),
  };

  const marks = ({ x, y, bottom }: Plane) => {
    const lines = drawn.flatMap((arm) =>
      LINES.map((line) => ({ ...arm, line, known: arm.points.flatMap((p) => meansOf(p, line)) })),
    );
    const heights = spread(
      lines.map(({ known }) => y(known.at(-1)?.mean ?? 0)),
      16,
      bottom,
    );
    return lines.map(({ id, n, letter, runs, line, known }, i) => {
      const end = known.at(-1);
      const banded = known.flatMap(({ along: at, interval }) => (interval ? [{ at, ...interval }] : []));
      return (
        <g key={`${id} ${line}`} className={`line ${line}`}>
          {banded.length > 1 && (
            <path
              className={`band ${line}`}
              d={bandPath(
                banded.map((p) => [x(p.at), y(Math.min(1, p.high))]),
                banded.map((p) => [x(p.at), y(Math.max(0, p.low))]),
              )}
            />
          )}
          {runs.length > 1 &&
            runs.map(({ seed, rows }) => (
              <path key={seed} className="seed" d={linePath(spotsOf(rows, line, measure, along, x, y))} />
            ))}
          <path d={linePath(known.map((p): Point => [x(p.along), y(p.mean)]))} strokeDasharray={dashOf(n)} />
          {end && <circle cx={x(end.along)} cy={y(end.mean)} r={4} />}
          {end && (
            <text className="label" x={x(end.along) + 10} y={heights[i]! + 5}>
              {letter} {say(end.mean)}
            </text>
          )}
        </g>
      );
    });
  };

  return (
    <Frame
      className="gap-plot"
      title={title}
      says={says}
      x={alongAxis(along, last)}
      y={unitAxis(measure)}
      height={(width, narrow) => (narrow ? 300 : Math.min(420, Math.max(300, width * 0.5)))}
      margins={() => ({ left: 44, right: 76, top: 14, bottom: 44 })}
      walk={{ columns: stops, start: { column: stops.length - 1, row: 0 } }}
      reading={({ column }) => (
        <>
          cycle {cycles[column]}
          {drawn.map(({ id, letter, points }) => {
            const at = points.find((p) => p.cycle === cycles[column]);
            return (
              at && (
                <span key={id}>
                  {" "}
                  · {letter} <span className="open">{say(at.open?.mean)}</span>{" "}
                  <span className="closed">
                    <b>{between(at.closed)}</b>
                  </span>
                </span>
              )
            );
          })}
        </>
      )}
      twin={twin}
      caption={caption}
    >
      {marks}
    </Frame>
  );
}

const meansOf = (point: ArmPoint, line: Line): (SeedMean & { along: number })[] => {
  const value = point[line];
  return value === null ? [] : [{ ...value, along: point.along }];
};

function spotsOf(
  rows: readonly CycleRow[],
  line: Line,
  measure: Measure,
  along: Along,
  x: (at: number) => number,
  y: (at: number) => number,
): Point[] {
  return gapPoints(rows, measure).flatMap((p): Point[] => {
    const row = rows.find((r) => r.cycle === p.cycle);
    const value = p[line];
    return row === undefined || value === null ? [] : [[x(ALONG[along].of(row)), y(value)]];
  });
}

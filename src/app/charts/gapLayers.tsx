/** What lies under and beside the two lines of the gap plot. */
import type { ReactNode } from "react";
import { wilson } from "../../core/intervals.ts";
import type { Baselines, CycleRow } from "../../core/run.ts";
import { percent } from "../format.ts";
import type { GapPoint } from "./gap.ts";
import { along, type Box, firstFree, textBox } from "./place.ts";
import type { Plane } from "./plane.ts";
import { bandPath, linePath, type Point } from "./scale.ts";

export type Line = "open" | "closed";

interface BandProps {
  line: Line;
  points: readonly GapPoint[];
  questions: number;
  x: (cycle: number) => number;
  y: (share: number) => number;
}

export function Band({ line, points, questions, x, y }: BandProps): ReactNode {
  const intervals = points.map((p) => ({ at: x(p.cycle), interval: wilson(p[line]!, questions) }));
  const known = intervals.flatMap(({ at, interval }) => (interval ? [{ at, ...interval }] : []));
  const only = known[0];
  if (known.length === 1 && only) {
    return (
      <line className={`whisker ${line}`} x1={only.at} x2={only.at} y1={y(only.low)} y2={y(only.high)} />
    );
  }
  return (
    <path
      className={`band ${line}`}
      d={bandPath(
        known.map((k) => [k.at, y(k.high)]),
        known.map((k) => [k.at, y(k.low)]),
      )}
    />
  );
}

interface BaselineLine {
  name: string;
  value: number;
  below: boolean; // where its label stands
}

export interface BaselineLabel extends BaselineLine {
  text: string;
  spot: { x: number; y: number; textAnchor: "start" | "end" };
  box: Box;
}

const BASELINE_SIZE = 13; // px of its type

/**
 * What guessing gives, knowing which answers are common, and finding an option's words in the passages: none knows a fact.
 * A label stands at the right, or at the left where a line would run through it there, above or below its own.
 * @param written what is written already
 */
export function baselineLabels(
  baselines: Baselines,
  lines: readonly (readonly Point[])[],
  written: readonly Box[],
  plane: Plane,
): BaselineLabel[] {
  const { chance, answer_prior = null } = baselines;
  const { left, right, y, narrow } = plane;
  const open = lines[0]?.at(-1)?.[1] ?? y(1);
  const known: readonly (Omit<BaselineLine, "value"> & { value: number | null })[] = [
    { name: "chance", value: chance, below: (chance ?? 0) <= (answer_prior ?? 1) },
    { name: "common answers", value: answer_prior, below: (answer_prior ?? 0) < (chance ?? 0) },
    {
      name: narrow ? "found in passages" : "option found in the passages",
      value: baselines.string_in_context,
      below: y(baselines.string_in_context ?? 0) > open,
    },
  ];
  const taken = [...written, ...lines.flatMap(along)];
  return known.flatMap((line) => {
    if (line.value === null) return [];
    const value = line.value;
    const text = `${line.name} ${percent(value)}`;
    const spots = [right - 4, left + 4].flatMap((x, i) =>
      [line.below, !line.below].map((below) => ({
        x,
        y: y(value) + (below ? 16 : -6),
        textAnchor: i === 0 ? ("end" as const) : ("start" as const),
      })),
    );
    const boxOf = (at: (typeof spots)[number]) => textBox(text, at.x, at.y, BASELINE_SIZE, at.textAnchor);
    const spot = firstFree(spots, boxOf, taken) ?? spots[0]!;
    taken.push(boxOf(spot));
    return [{ ...line, value, text, spot, box: boxOf(spot) }];
  });
}

export function Baseline({ labels, plane }: { labels: readonly BaselineLabel[]; plane: Plane }): ReactNode {
  return labels.map(({ name, value, text, spot }) => (
    <g key={name} className="baseline">
      <line x1={plane.left} x2={plane.right} y1={plane.y(value)} y2={plane.y(value)} />
      <text {...spot}>{text}</text>
    </g>
  ));
}

interface ExtraProps {
  rows: readonly CycleRow[];
  x: (cycle: number) => number;
  y: (share: number) => number;
}

/** The closed book on the training questions and on those that need two facts. */
export function ExtraLines({ rows, x, y }: ExtraProps): ReactNode {
  const lines = [
    { name: "training questions", column: "closed_train" as const },
    { name: "two-hop questions", column: "closed_2hop" as const },
  ];
  return lines.map(({ name, column }) => {
    const spots = rows.flatMap((r): Point[] => (r[column] === null ? [] : [[x(r.cycle), y(r[column])]]));
    const end = spots.at(-1);
    return (
      end && (
        <g key={name} className={`extra ${column}`}>
          <path d={linePath(spots)} />
          <text x={end[0] - 4} y={end[1] - 8} textAnchor="end">
            {name}
          </text>
        </g>
      )
    );
  });
}

interface ElsewhereProps {
  points: readonly GapPoint[];
  say: (value: number) => string;
  x: (cycle: number) => number;
  y: (share: number) => number;
}

/** The open book on an archive never trained on: whether it still reads. Its label stands where the two lines' do not. */
export function Elsewhere({ points, say, x, y }: ElsewhereProps): ReactNode {
  const spots = points.flatMap((p): Point[] => (p.elsewhere === null ? [] : [[x(p.cycle), y(p.elsewhere)]]));
  const last = points.findLast((p) => p.elsewhere !== null)?.elsewhere ?? null;
  const end = spots.at(-1);
  if (!end || last === null) return null;
  return (
    <g className="elsewhere">
      <path d={linePath(spots)} />
      {spots.map(([cx, cy]) => (
        <rect key={cx} x={cx - 3} y={cy - 3} width={6} height={6} />
      ))}
      <text x={end[0] - 4} y={end[1] + 18} textAnchor={spots.length > 1 ? "end" : "start"}>
        reads elsewhere {say(last)}
      </text>
    </g>
  );
}

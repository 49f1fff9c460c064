/** A few lines over the same columns, each told by its dash and its name at the end; where it was not measured a line goes on. */
import type { ReactNode } from "react";
import { DASH } from "../format.ts";
import { Frame } from "./Frame.tsx";
import type { Axis, Plane } from "./plane.ts";
import { linePath, type Point } from "./scale.ts";
import { spread } from "./spread.ts";

export interface PlottedLine {
  name: string;
  tone: "reward" | "plain" | "open" | "closed";
  dash: string; // as `stroke-dasharray`
  values: readonly (number | null)[]; // by column
}

export interface LinesPlotProps {
  title: string;
  says: string;
  caption: string;
  x: Axis;
  y: Axis;
  columns: readonly number[]; // rising, on the x axis
  columnName(column: number): string; // by its place
  lines: readonly PlottedLine[];
  say(value: number | null): string;
  tableLabel: string;
}

const LABEL_PX = 15; // apart at least

export function LinesPlot(props: LinesPlotProps): ReactNode {
  const { columns, columnName, lines, say } = props;
  const measured = lines.filter(({ values }) => values.some((value) => value !== null));
  const spotsOf = ({ values }: PlottedLine, { x, y }: Plane): Point[] =>
    columns.flatMap((at, i): Point[] => (values[i] == null ? [] : [[x(at), y(values[i])]]));

  const marks = (plane: Plane) => {
    const drawn = measured.map((line) => ({ line, spots: spotsOf(line, plane) }));
    const ends = spread(
      drawn.map(({ spots }) => spots.at(-1)![1]),
      LABEL_PX,
      plane.bottom,
    );
    return drawn.map(({ line: { name, tone, dash, values }, spots }, i) => (
      <g key={name} className={`plain-line tone-${tone}`}>
        <path d={linePath(spots)} strokeDasharray={dash} />
        {spots.map(([cx, cy]) => (
          <circle key={cx} cx={cx} cy={cy} r={spots.length > 40 ? 0 : 2.5} />
        ))}
        <text className="label" x={plane.right + 8} y={ends[i]! + 4}>
          {plane.narrow ? name : `${name} ${say(values.findLast((value) => value !== null) ?? null)}`}
        </text>
      </g>
    ));
  };

  return (
    <Frame
      className="lines-plot"
      title={props.title}
      says={props.says}
      x={props.x}
      y={props.y}
      height={(width, narrow) => (narrow ? 260 : Math.min(340, Math.max(260, width * 0.42)))}
      margins={(narrow) => ({ left: 44, right: narrow ? 118 : 178, top: 12, bottom: 44 })}
      walk={{ columns, start: { column: columns.length - 1, row: 0 } }}
      reading={({ column }) =>
        `${columnName(column)}: ${measured.map(({ name, values }) => `${name} ${say(values[column] ?? null)}`).join(" · ")}`
      }
      twin={{
        summary: "As a table",
        label: props.tableLabel,
        head: ["", ...lines.map(({ name }) => name)],
        rows: columns.map((_, i) => ({
          key: String(i),
          cells: [columnName(i), ...lines.map(({ values }) => (values[i] == null ? DASH : say(values[i])))],
        })),
      }}
      caption={props.caption}
    >
      {marks}
    </Frame>
  );
}

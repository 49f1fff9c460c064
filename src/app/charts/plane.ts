/** What a frame hands its marks: scales, edges, and what is looked at. */
import type { Scale } from "./scale.ts";

export interface Tick {
  at: number; // in the axis' own unit
  says: string;
}

export interface Axis {
  domain: readonly [number, number];
  ticks(most: number): readonly Tick[];
  title: string | null;
}

/** What is looked at: a column of the walk, and a row of it where it has rows. */
export interface Cursor {
  column: number;
  row: number;
}

export interface Plane {
  x: Scale;
  y: Scale;
  left: number; // px, as are the next five
  right: number;
  top: number;
  bottom: number;
  width: number;
  height: number;
  narrow: boolean; // a phone's width
  looked: Cursor | null;
}

export interface Margins {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Where a reader stops, by pointer or by arrow keys. */
export interface Walk {
  columns: readonly number[]; // on the x axis, rising
  rows?: readonly number[]; // on the y axis, downwards; a line plot has none
  heights?: readonly number[]; // of the columns on the y axis, where a pointer is to find the nearest in both directions
  start?: Cursor; // where keys begin
  pick?(cursor: Cursor): void; // what a click or Enter does
}

export const NARROW = 560; // px

const nearest = (values: readonly number[], scale: Scale, at: number): number => {
  let best = 0;
  for (const [i, value] of values.entries())
    if (Math.abs(scale(value) - at) < Math.abs(scale(values[best]!) - at)) best = i;
  return best;
};

/** The stop nearest to a point of the plane, px; null where there is none. */
export function stopAt(walk: Walk, { x, y }: Pick<Plane, "x" | "y">, px: number, py: number): Cursor | null {
  const { columns, rows, heights } = walk;
  if (columns.length === 0) return null;
  if (heights) {
    const away = (i: number): number => Math.hypot(x(columns[i]!) - px, y(heights[i]!) - py);
    return { column: columns.reduce((best, _, i) => (away(i) < away(best) ? i : best), 0), row: 0 };
  }
  return { column: nearest(columns, x, px), row: rows ? nearest(rows, y, py) : 0 };
}

const LEAP = 10; // rows

/** The stop a key leads to from another; null where the key means nothing here. */
export function stepped(walk: Walk, from: Cursor | null, key: string): Cursor | null {
  const last = walk.columns.length - 1;
  const lowest = (walk.rows?.length ?? 1) - 1;
  const clamp = (column: number, row: number): Cursor => ({
    column: Math.max(0, Math.min(last, column)),
    row: Math.max(0, Math.min(lowest, row)),
  });
  if (last < 0) return null;
  const { column, row } = from ?? walk.start ?? { column: 0, row: 0 };
  const by = (columns: number, rows: number) =>
    from === null ? clamp(column, row) : clamp(column + columns, row + rows);
  switch (key) {
    case "ArrowLeft":
      return by(-1, 0);
    case "ArrowRight":
      return by(1, 0);
    case "Home":
      return clamp(0, row);
    case "End":
      return clamp(last, row);
  }
  if (walk.rows === undefined) return null;
  switch (key) {
    case "ArrowUp":
      return by(0, -1);
    case "ArrowDown":
      return by(0, 1);
    case "PageUp":
      return by(0, -LEAP);
    case "PageDown":
      return by(0, LEAP);
    default:
      return null;
  }
}

/** Where a label may stand without covering another one. */
export interface Box {
  x: number; // px: left, top
  y: number;
  width: number;
  height: number;
}

const CHARACTER = 0.45; // of the type’s size: the mean width of our sans, measured

/** The box of a text at a size, px, by its anchor; its baseline is at `y`. */
export function textBox(
  text: string,
  x: number,
  y: number,
  size: number,
  anchor: "start" | "middle" | "end",
): Box {
  const width = text.length * size * CHARACTER;
  const left = anchor === "start" ? x : anchor === "middle" ? x - width / 2 : x - width;
  return { x: left, y: y - size, width, height: size * 1.3 };
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const STEP = 4; // px

/** Small boxes along a line of points, for labels to keep off it. */
export const along = (points: readonly (readonly [x: number, y: number])[]): Box[] =>
  points.slice(1).flatMap(([x1, y1], i) => {
    const [x0, y0] = points[i]!;
    const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / STEP));
    return Array.from({ length: steps }, (_, s) => {
      const share = (s + 0.5) / steps;
      const [x, y] = [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
      return { x: x - STEP / 2, y: y - STEP / 2, width: STEP, height: STEP };
    });
  });

/** The first candidate whose box covers none that is taken; undefined where all do. */
export const firstFree = <T>(
  candidates: readonly T[],
  boxOf: (candidate: T) => Box,
  taken: readonly Box[],
): T | undefined =>
  candidates.find((candidate) => {
    const box = boxOf(candidate);
    return !taken.some((other) => overlap(box, other));
  });

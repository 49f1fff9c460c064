/** Geometry of line charts, in pixels. */
export type Scale = (value: number) => number;

/** Linear from [d0, d1] to [r0, r1]; a domain of one value maps to the middle. */
export const linear =
  ([d0, d1]: readonly [number, number], [r0, r1]: readonly [number, number]): Scale =>
  (v) =>
    d1 === d0 ? (r0 + r1) / 2 : r0 + ((v - d0) / (d1 - d0)) * (r1 - r0);

export type Point = readonly [x: number, y: number];

const at = ([x, y]: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
export const linePath = (points: readonly Point[]): string =>
  points.map((p, i) => `${i === 0 ? "M" : "L"}${at(p)}`).join("");
/** The area between two lines that share their x. */
export const bandPath = (upper: readonly Point[], lower: readonly Point[]): string =>
  upper.length === 0
    ? ""
    : `${linePath(upper)}${[...lower]
        .reverse()
        .map((p) => `L${at(p)}`)
        .join("")}Z`;

/** Whole numbers from 0 to `last`, at most `most` of them, in steps of 1, 2 or 5 times a power of ten. */
export function integerTicks(last: number, most: number): number[] {
  let step = 1;
  for (let power = 1; Math.floor(last / step) + 1 > most; power *= 10) {
    for (const s of [1, 2, 5]) {
      step = s * power;
      if (Math.floor(last / step) + 1 <= most) break;
    }
  }
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
}

/** Exponential moving average with the early bias divided out, as TensorBoard smooths; `keep` in [0, 1). */
export function smooth(values: readonly number[], keep: number): number[] {
  let sum = 0;
  let weight = 0;
  return values.map((v) => {
    sum = keep * sum + (1 - keep) * v;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}

/** At most `most` of the items, evenly, the last always among them: a line needs no more points than pixels. */
export function thin<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]!);
}

/** Round values from 0 to `last`, at most `most` of them, in steps of 1, 2 or 5 times a power of ten. */
export function roundTicks(last: number, most: number): number[] {
  if (!(last > 0)) return [0];
  const raw = last / Math.max(1, most - 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5, 10].find((s) => s * power >= raw * (1 - 1e-9)) ?? 10);
  return Array.from({ length: Math.floor(last / step + 1e-9) + 1 }, (_, i) => i * step);
}

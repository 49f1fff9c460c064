import { expect, test } from "vitest";
import { placedTogether, twoComponents } from "../../src/core/pca.ts";
import { openRng } from "../../src/core/rng.ts";
import { expectClose } from "../helpers/close.ts";

test("points of a plane in five dimensions come out with their distances, the wider direction first", () => {
  const rng = openRng(1, "data");
  const u = [0.5, 0.5, 0.5, 0.5, 0];
  const v = [0.5, -0.5, 0.5, -0.5, 0];
  const points = Array.from({ length: 40 }, () => [6 * (rng.next() - 0.5), 2 * (rng.next() - 0.5)] as const);
  const vectors = Float32Array.from(points.flatMap(([a, b]) => u.map((x, d) => a * x + b * v[d]! + 3)));
  const { x, y } = twoComponents(vectors, 5);
  const spread = (of: Float64Array) => of.reduce((sum, at) => sum + at * at, 0);
  expect(spread(x)).toBeGreaterThan(4 * spread(y));
  const far = (i: number, j: number) =>
    Math.hypot(points[i]![0] - points[j]![0], points[i]![1] - points[j]![1]);
  for (const [i, j] of [
    [0, 1],
    [2, 30],
    [7, 39],
  ] as const)
    expectClose([Math.hypot(x[i]! - x[j]!, y[i]! - y[j]!)], [far(i, j)], { atol: 1e-4 });
  expect(twoComponents(vectors, 5)).toEqual({ x, y });
});

test("what has no spread lies at 0", () => {
  const line = twoComponents(Float32Array.from([1, 1, 2, 2, 3, 3]), 2);
  expectClose([...line.x], [-Math.SQRT2, 0, Math.SQRT2], { atol: 1e-6 });
  expectClose([...line.y], [0, 0, 0], { atol: 1e-6 });
  expect([...twoComponents(Float32Array.from([5, 5, 5, 5]), 2).x]).toEqual([0, 0]);
  expect(twoComponents(new Float32Array(0), 4).x).toHaveLength(0);
});

test("others are placed by the components of the vectors, and change nothing of them", () => {
  const vectors = Float32Array.from([1, 0, 0, 2, 0, 0, 6, 0, 0, 3, 1, 0]);
  const alone = twoComponents(vectors, 3);
  const { places, others } = placedTogether(vectors, Float32Array.from([6, 0, 0, 3, 1, 5]), 3);
  expect(places).toEqual(alone);
  expectClose([others.x[0]!, others.y[0]!], [alone.x[2]!, alone.y[2]!], { atol: 1e-6 }); // the third vector again
  expectClose([others.x[1]!, others.y[1]!], [alone.x[3]!, alone.y[3]!], { atol: 1e-6 }); // off the plane: its shadow
  expect(placedTogether(vectors, new Float32Array(0), 3).others.x).toHaveLength(0);
});

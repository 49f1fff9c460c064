import fc from "fast-check";
import { expect, test } from "vitest";
import { highest } from "../../src/core/highest.ts";

const score = fc.integer({ min: -3, max: 3 }); // few values, so that ties are common

test("the highest are those that sorting all would put first, ties by index", () => {
  fc.assert(
    fc.property(
      fc.array(score, { maxLength: 400 }),
      fc.integer({ min: 0, max: 12 }),
      fc.constantFrom(Number.NEGATIVE_INFINITY, 0),
      (scores, n, floor) => {
        const sorted = scores
          .map((score, index) => ({ index, score }))
          .filter((hit) => hit.score > floor)
          .sort((a, b) => b.score - a.score || a.index - b.index);
        expect(highest(scores, n, floor)).toEqual(sorted.slice(0, n));
      },
    ),
  );
});

test("a score that is no number is not ranked, however many are asked for", () => {
  const scores = [1, Number.NaN, 2];
  for (const n of [2, 3]) expect(highest(scores, n).map((hit) => hit.index)).toEqual([2, 0]);
  const many = Float64Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? Number.NaN : i));
  expect(highest(many, 2).map((hit) => hit.index)).toEqual([499, 497]);
});

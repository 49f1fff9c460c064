import { describe, expect, test } from "vitest";
import { agreement, pairedDifference, percentiles, seedMean } from "../../src/core/statistics.ts";
import { expectClose } from "../helpers/close.ts";

const rights = (n: number, of: number) => Array.from({ length: of }, (_, i) => Number(i % 10 < n));
const drawn = { paired: true, seed: 3, draws: 2000 };

describe("a mean over seeds", () => {
  test("has Student's t interval from three on, of what was measured", () => {
    expect(seedMean([])).toBeNull();
    expect(seedMean([null, null])).toBeNull();
    expect(seedMean([0.5, 0.7, null])).toEqual({ mean: 0.6, interval: null, seeds: 2 });
    const three = seedMean([0.6, null, 0.7, 0.8])!; // mean 0.7, sd 0.1, 4.3027 · 0.1 / √3
    expect(three.seeds).toBe(3);
    expectClose([three.mean, three.interval!.low, three.interval!.high], [0.7, 0.4516, 0.9484], {
      atol: 1e-4,
    });
  });
});

describe("the paired difference", () => {
  const seven = rights(7, 100);
  const five = rights(5, 100);

  test("of one seed is the bootstrap over questions: seeded, b above a, its width the binomial one", () => {
    const found = pairedDifference([five], [seven], drawn)!;
    expect(pairedDifference([five], [seven], drawn)).toEqual(found);
    expect(pairedDifference([five], [seven], { ...drawn, seed: 4 })).not.toEqual(found);
    expectClose([found.difference, found.questions], [0.2, 100], { atol: 1e-12 });
    // Of 100 differences 20 are 1: ± 1.96 · √(0.2 · 0.8 / 100) = 0.078.
    expectClose([found.low, found.high], [0.122, 0.278], { atol: 0.015 });
    expect(pairedDifference([seven], [five], drawn)!.difference).toBeCloseTo(-0.2, 12);
  });

  test("three equal seeds say no more of the questions than one: the questions are one sample", () => {
    const one = pairedDifference([five], [seven], drawn)!;
    const three = pairedDifference([five, five, five], [seven, seven, seven], drawn)!;
    expectClose([three.low, three.high], [one.low, one.high], { atol: 0.015 });
  });

  test("seeds that differ widen it, and are drawn together only where they are paired", () => {
    const level = (share: number) => Array.from({ length: 200 }, (_, i) => Number(i < share * 200));
    const a = [level(0.3), level(0.5), level(0.7)];
    const b = [level(0.4), level(0.6), level(0.8)]; // 10 points above, seed by seed
    const width = (paired: boolean) => {
      const { low, high } = pairedDifference(a, b, { ...drawn, paired })!;
      return high - low;
    };
    expect(width(true)).toBeLessThan(0.1); // ± 1.96 · √(0.1 · 0.9 / 200) = 0.083 whole
    expect(width(false)).toBeGreaterThan(0.25); // ± 1.96 · √2 · 0.163 / √3 ≈ 0.26, seeds of each drawn by themselves
    expect(pairedDifference(a, b, { ...drawn, paired: false })!.difference).toBeCloseTo(0.1, 12);
  });

  test("a question that one seed of one arm was not scored on is in neither mean", () => {
    const found = pairedDifference([[1, 0, null, 0]], [[1, 1, 1, null]], drawn)!;
    expect([found.difference, found.questions]).toEqual([0.5, 2]);
    expect(pairedDifference([[null]], [[1]], drawn)).toBeNull();
    expect(pairedDifference([], [[1]], drawn)).toBeNull();
    expect(pairedDifference([[1]], [], drawn)).toBeNull();
    expect(pairedDifference([[1]], [[1], [1]], drawn)).toBeNull(); // paired, yet not as many
  });
});

test("the percentile interval leaves two and a half of a hundred on either side", () => {
  expect(percentiles(Array.from({ length: 1001 }, (_, i) => 1000 - i))).toEqual({ low: 25, high: 975 });
  expect(percentiles([7])).toEqual({ low: 7, high: 7 });
});

test("McNemar's four: an arm is right where more than half of its seeds are", () => {
  const a = [
    [1, 1, 0, 0, 1],
    [1, 0, 0, null, 1],
    [0, 0, 1, 1, 1],
  ];
  const b = [[1, 1, 0, 1, 0]];
  expect(agreement(a, b)).toEqual({ both: [0], onlyA: [4], onlyB: [1], neither: [2] });
  expect(agreement([[1], [0]], [[1]]).onlyB).toEqual([0]); // one of two is not more than half
});

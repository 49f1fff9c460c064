import { describe, expect, test } from "vitest";
import { parseRunConfig } from "../../src/core/config.ts";
import { OBJECTIVE_NAMES } from "../../src/core/objectives.ts";
import type { Question } from "../../src/core/run.ts";
import { controlledPassages, controlledReward } from "../../src/train/controls.ts";
import type { View } from "../../src/train/views.ts";
import { ARCHIVES, ARMS, configOf, REFERENCE } from "../bench/experiment/arms.mjs";
import {
  everywhere,
  gapRecovered,
  holm,
  percentiles,
  pValue,
  resamples,
  seeded,
} from "../bench/experiment/statistics.mjs";

describe("arms", () => {
  test("every arm has settings a run takes, equal visits and updates, and the archive's seed", () => {
    for (const arm of ARMS) {
      const { objective } = arm.settings as { objective: string };
      if (!(OBJECTIVE_NAMES as string[]).includes(objective)) continue; // not offered yet: that arm alone fails
      const { cycles, updates, batch_size, seed, data } = parseRunConfig(configOf(arm, 11, "x"));
      expect([arm.name, cycles, updates, batch_size, seed, data]).toEqual([arm.name, 8, 16, 16, 11, "x"]);
    }
    expect(ARCHIVES).toEqual([11, 12, 13, 14, 15]);
    expect(new Set(ARMS.map(({ name }) => name)).size).toBe(ARMS.length);
  });

  test("the arms that decide differ from credit in the text alone", () => {
    const config = (name: string) =>
      parseRunConfig(configOf(ARMS.find((arm) => arm.name === name)!, 11, "x")) as Record<string, unknown>;
    const credit = config(REFERENCE);
    const differing = (name: string) =>
      Object.entries(config(name)).flatMap(([key, value]) =>
        JSON.stringify(value) === JSON.stringify(credit[key]) ? [] : [key],
      );
    expect(differing("sft-both-credit").sort()).toEqual(["objective", "samples"]);
    expect(differing("sft-both").sort()).toEqual(["credit", "objective", "samples"]);
    expect(differing("credit-permuted")).toEqual(["reward_control"]);
    expect(differing("credit-ones")).toEqual(["reward_control"]);
    expect(differing("credit-other-passages")).toEqual(["passages_control"]);
    expect(differing("credit-shuffled")).toEqual([]); // its data differ
  });
});

describe("statistics", () => {
  const one = (closed: (number | null)[], before: number[], open: number[]) => ({
    closed,
    before: { closed: before, open },
  });

  test("gap recovered is of means over the questions that were scored throughout", () => {
    const archives = [one([1, 1, 0, null], [0, 0, 0, 0], [1, 1, 1, 1]), one([1], [1], [1])];
    expect(gapRecovered(archives, everywhere([4, 1]))).toBeCloseTo((3 - 1) / (4 - 1), 12);
    expect(gapRecovered(archives, [[1, 0]])).toBeNull(); // no gap
    expect(gapRecovered([], [])).toBeNull();
    expect(gapRecovered([one([0], [0.5], [1])], [[0, 0]])).toBe(-1); // lost, and said so
  });

  test("the generator is the same for the same seed, and even", () => {
    const [a, b, c] = [seeded(1), seeded(1), seeded(2)];
    const draws = Array.from({ length: 10_000 }, a);
    expect(draws.slice(0, 5)).toEqual(Array.from({ length: 5 }, b));
    expect(draws[0]).not.toBe(c());
    expect(draws.reduce((x, y) => x + y, 0) / draws.length).toBeCloseTo(0.5, 1);
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
  });

  test("a draw takes as many archives, and of each its own number of questions", () => {
    const draws = resamples([2, 3], 500, 1);
    expect(draws).toEqual(resamples([2, 3], 500, 1));
    for (const places of draws) {
      expect([4, 5, 6]).toContain(places.length); // two archives of two or three
      for (const [archive, question] of places) expect(question).toBeLessThan([2, 3][archive]!);
    }
    expect(new Set(draws.flat().map(String)).size).toBe(5); // every question is drawn at some time
  });

  test("an interval of known width", () => {
    expect(percentiles(Array.from({ length: 1001 }, (_, i) => i))).toEqual({ low: 25, high: 975 });
    expect(percentiles([])).toBeNull();
  });

  test("p is never 0, and 1 where nothing differs", () => {
    const ones = Array.from({ length: 9999 }, () => 1);
    expect(pValue(ones)).toBeCloseTo(2 / 10_000, 12);
    expect(pValue(ones.map((x) => -x))).toBeCloseTo(2 / 10_000, 12);
    expect(pValue([0, 0, 0])).toBe(1);
    expect(pValue([-1, 1, 1, 1, 1, 1, 1, 1, 1])).toBeCloseTo((2 * 2) / 10, 12);
  });

  test("a true difference is found and an absent one is not, on made-up arms", () => {
    const next = seeded(5);
    const arm = (known: number) =>
      Array.from({ length: 5 }, () =>
        one(
          Array.from({ length: 124 }, () => Number(next() < known)),
          Array.from({ length: 124 }, () => 0),
          Array.from({ length: 124 }, () => 1),
        ),
      );
    const draws = resamples([124, 124, 124, 124, 124], 2000, 1);
    const compare = (a: ReturnType<typeof arm>, b: ReturnType<typeof arm>) =>
      draws.map((places) => gapRecovered(a, places)! - gapRecovered(b, places)!);
    const base = arm(0.5);
    expect(pValue(compare(arm(0.65), base))).toBeLessThan(0.005);
    expect(pValue(compare(base, base))).toBe(1);
    const { low, high } = percentiles(compare(arm(0.65), base))!;
    expect(low).toBeGreaterThan(0.05);
    expect(high).toBeLessThan(0.25);
  });

  test("Holm: the textbook case, order kept, never falling, never above 1", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(3)))).toEqual([
      0.03, 0.06, 0.06, 0.02,
    ]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});

describe("controls", () => {
  test("rewards: as earned, 1, or every one dealt to some question, the same every time", () => {
    const rewards = Array.from({ length: 40 }, (_, i) => i / 40);
    const dealt = (reward_control: "none" | "ones" | "permuted", seed = 3) =>
      rewards.map((_, v) => controlledReward({ reward_control, seed }, rewards, v));
    expect(dealt("none")).toEqual(rewards);
    expect(new Set(dealt("ones"))).toEqual(new Set([1]));
    expect(dealt("permuted")).not.toEqual(rewards);
    expect([...dealt("permuted")].sort((a, b) => a - b)).toEqual(rewards);
    expect(dealt("permuted")).toEqual(dealt("permuted"));
    expect(dealt("permuted")).not.toEqual(dealt("permuted", 4));
  });

  test("passages of another subject have none of the question's own, whatever its wording", () => {
    const view = (of: number): View => ({ of, question: { question: String(of) } as Question });
    const views = [0, 1, 2, 3, 0, 2].map(view); // two have another wording
    const Z = [["a", "b"], ["b", "c"], ["d"], ["e"], ["a", "d"], ["d", "f"]];
    expect(controlledPassages({ passages_control: "none" }, views, Z)).toBe(Z);
    const swapped = controlledPassages({ passages_control: "other" }, views, Z);
    expect(swapped).toEqual([["e"], ["e"], ["a", "b"], ["b", "c"], ["e"], ["a", "b"]]);
    views.forEach(({ of }, v) => {
      const own = views.flatMap((other, o) => (other.of === of ? Z[o]! : []));
      expect(swapped[v]!.some((passage) => own.includes(passage))).toBe(false);
    });
    expect(() =>
      controlledPassages({ passages_control: "other" }, [view(0), view(1)], [["a"], ["a"]]),
    ).toThrow(/train question 0.*needs more documents/);
  });
});

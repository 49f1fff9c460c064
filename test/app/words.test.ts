import { describe, expect, test } from "vitest";
import { guessBrowser } from "../../src/app/browser.ts";
import { gapPoints, gapRecovered } from "../../src/app/charts/gap.ts";
import { bandPath, integerTicks, linear, linePath, smooth, thin } from "../../src/app/charts/scale.ts";
import { spread } from "../../src/app/charts/spread.ts";
import {
  bytes,
  compact,
  DASH,
  duration,
  fixed,
  integer,
  parameters,
  percent,
  rate,
} from "../../src/app/format.ts";
import { FURTHER, lastMeasured, sayFurther } from "../../src/app/measures.ts";
import { heldOut, shownRun } from "../../src/app/panels/lab/shown.ts";
import { parseRoute } from "../../src/app/route.ts";
import { keptSentence, resultSentence } from "../../src/app/sentence.ts";
import { useRunStore } from "../../src/app/stores/runStore.ts";
import { answersOf, cycleRow, QUESTIONS } from "./helpers/story.ts";

describe("numbers", () => {
  test("what was not measured is a dash, in every form", () => {
    for (const say of [percent, fixed, integer, rate, compact, duration, bytes, parameters]) {
      for (const nothing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY])
        expect(say(nothing)).toBe(DASH);
    }
  });

  test("zero is a number", () => {
    expect([percent(0), fixed(0), integer(0), compact(0), duration(0)]).toEqual([
      "0 %",
      "0.00",
      "0",
      "0.00",
      "0 s",
    ]);
  });

  test("units and digits", () => {
    expect(percent(0.7661)).toBe("77 %");
    expect(fixed(-0.384)).toBe("−0.38");
    expect(rate(2140.4)).toBe("2,140 tokens/s");
    expect([compact(0.002), compact(1e-4), compact(123.4), compact(12.34), compact(-1.2)]).toEqual([
      "0.00",
      "1.0e−4",
      "123",
      "12.3",
      "−1.20",
    ]);
    expect([duration(59.6), duration(70), duration(120), duration(7500)]).toEqual([
      "1 m",
      "1 m 10 s",
      "2 m",
      "2 h 5 m",
    ]);
    expect([bytes(999), bytes(1_837_312), bytes(2e9)]).toEqual(["1 kB", "1.8 MB", "2.0 GB"]);
    expect([parameters(918_656), parameters(134_515_008)]).toEqual(["0.9 M", "135 M"]);
  });
});

describe("what was kept and what was lost", () => {
  const before = cycleRow(0, { open_test: 0.93, other_open: 0.87 });
  const ended = (open_test: number, other_open: number | null) => cycleRow(8, { open_test, other_open });

  test("both readings, each with both numbers", () => {
    expect(keptSentence([before, ended(0.92, 0.85)], "answers")).toBe(
      "Kept: reading its own passages (92 %, 93 % before) and reading an archive it never saw (85 %, 87 % before).",
    );
    expect(keptSentence([before, ended(0.92, 0.58)], "answers")).toBe(
      "Kept: reading its own passages (92 %, 93 % before). Lost in part: reading an archive it never saw (58 %, 87 % before).",
    );
    expect(keptSentence([before, ended(0.31, 0.2)], "answers")).toBe(
      "Lost in part: reading its own passages (31 %, 93 % before) and reading an archive it never saw (20 %, 87 % before).",
    );
  });

  test("explanations in their own measure, at the last cycle that has them", () => {
    const rows = [
      cycleRow(0, { open_response: 0.74, other_open_response: 0.71 }),
      cycleRow(4, { open_response: 0.75, other_open_response: 0.52 }),
      cycleRow(5, { open_response: null, other_open_response: null }),
    ];
    expect(keptSentence(rows, "explanations")).toBe(
      "Kept: reading its own passages (0.75, 0.74 before). Lost in part: reading an archive it never saw (0.52, 0.71 before).",
    );
  });

  test("nothing is said of what was not measured at both ends, nor before the first cycle", () => {
    expect(keptSentence([before], "answers")).toBeNull();
    expect(keptSentence([ended(0.92, 0.85)], "answers")).toBeNull(); // the start is not known
    const { other_open, ...early } = ended(0.92, null); // a row of an earlier version
    expect(other_open).toBeNull();
    expect(keptSentence([before, early], "answers")).toBe(
      "Kept: reading its own passages (92 %, 93 % before).",
    );
  });
});

describe("the further measures", () => {
  const say = (key: string, row = cycleRow(8)) =>
    sayFurther(FURTHER.find((words) => words.key === key)!, row);

  test("a share has its interval over what it is of, another number its count", () => {
    expect(say("closed_exact")).toBe("59 % (50 % to 67 %) of 124");
    expect(say("twohop_explained")).toBe("32 % (15 % to 56 %) of 16");
    expect(say("other_open")).toBe("71 % (59 % to 81 %) of 60");
    expect(say("other_open_response")).toBe("0.47 (60)");
    expect(say("margin_right")).toBe("2.00 (103)");
    expect(say("margin_wrong")).toBe("0.40 (21)");
  });

  test("rows of earlier versions and what was not measured have a dash", () => {
    for (const { key } of FURTHER) expect(say(key, cycleRow(1))).toBe(DASH);
    expect(say("twohop_explained", cycleRow(0))).toBe(DASH);
    expect(lastMeasured([cycleRow(0), cycleRow(4), cycleRow(5)], "closed_exact")!.cycle).toBe(4);
    expect(lastMeasured([cycleRow(1)], "closed_exact")).toBeUndefined();
  });
});

describe("the sentence", () => {
  const rows = (n: number) => Array.from({ length: n + 1 }, (_, c) => cycleRow(c));

  test("nothing measured, nothing said", () => {
    expect(resultSentence([], "answers", 124)).toBeNull();
    expect(resultSentence([cycleRow(1, { closed_test: null, open_test: null })], "answers", 124)).toBeNull();
  });

  test("before training it states the gap", () => {
    expect(resultSentence(rows(0), "answers", 124)?.text).toContain(
      "97 % right with the book open, 18 % with it closed",
    );
  });

  test("afterwards it says how much of it is won back, in questions", () => {
    const sentence = resultSentence(rows(6), "answers", 124);
    expect(sentence?.text).toBe(
      "After six cycles the closed book has won back 75 % of the gap: 95 of 124 answers are right without looking, up from 22.",
    );
    expect(sentence?.strong).toBe("75 %");
  });

  test("without the number of questions it keeps to shares", () => {
    expect(resultSentence(rows(6), "answers", null)?.text).toContain(
      "77 % answers are right without looking, up from 18 %",
    );
  });

  test("a closed book that got worse is called that", () => {
    const worse = [cycleRow(0), cycleRow(1, { closed_test: 0.1 })];
    expect(resultSentence(worse, "answers", 124)?.text).toContain("nothing of the gap is closed");
  });

  test("a gap that never was is not divided by", () => {
    const points = gapPoints([cycleRow(0, { closed_test: 0.95 }), cycleRow(1)], "answers");
    expect(gapRecovered(points)).toBeNull();
    expect(resultSentence([cycleRow(0, { closed_test: 0.95 }), cycleRow(1)], "answers", 124)?.text).toBe(
      "After one cycle 47 of 124 answers are right without looking.",
    );
  });

  test("explanations speak of what was evaluated, not of the latest cycle", () => {
    expect(resultSentence(rows(6), "explanations", 124)?.text).toContain(
      "After four cycles an explanation given without looking earns 0.34 of 1, from 0.02 before; with the book open, 0.70",
    );
  });

  test("the strong part is a part of the text", () => {
    for (const measure of ["answers", "explanations"] as const) {
      for (let n = 0; n <= 8; n++) {
        const sentence = resultSentence(rows(n), measure, 124);
        expect(sentence?.text).toContain(sentence?.strong);
      }
    }
  });
});

describe("geometry", () => {
  test("scales, paths and bands", () => {
    const x = linear([0, 8], [44, 684]);
    expect([x(0), x(4), x(8)]).toEqual([44, 364, 684]);
    expect(linear([3, 3], [0, 10])(3)).toBe(5);
    expect(
      linePath([
        [0, 1],
        [2, 3],
      ]),
    ).toBe("M0.0 1.0L2.0 3.0");
    expect(
      bandPath(
        [
          [0, 0],
          [1, 0],
        ],
        [
          [0, 5],
          [1, 5],
        ],
      ),
    ).toBe("M0.0 0.0L1.0 0.0L1.0 5.0L0.0 5.0Z");
    expect(bandPath([], [])).toBe("");
  });

  test("ticks are whole, few enough, from 0", () => {
    expect(integerTicks(8, 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(integerTicks(8, 5)).toEqual([0, 2, 4, 6, 8]);
    for (let last = 1; last <= 500; last++) expect(integerTicks(last, 7).length).toBeLessThanOrEqual(7);
  });

  test("a smoothed constant is that constant, from the first value on", () => {
    for (const v of smooth([4, 4, 4, 4], 0.8)) expect(v).toBeCloseTo(4, 12);
    expect(smooth([1, 2], 0)).toEqual([1, 2]);
  });

  test("thinning keeps both ends and the order", () => {
    const out = thin(
      Array.from({ length: 1000 }, (_, i) => i),
      300,
    );
    expect([out.length, out[0], out.at(-1)]).toEqual([300, 0, 999]);
    expect([...out].sort((a, b) => a - b)).toEqual(out);
    expect(thin([1, 2], 300)).toEqual([1, 2]);
  });

  test("labels are kept apart, in order, inside", () => {
    const out = spread([100, 101, 102, 395], 16, 400);
    for (let i = 1; i < out.length; i++) expect(out[i]! - out[i - 1]!).toBeGreaterThanOrEqual(16 - 1e-9);
    expect(Math.max(...out)).toBeLessThanOrEqual(400);
    expect(spread([10, 200], 16, 400)).toEqual([10, 200]);
  });
});

test("routes: by name, anything else is the lab", () => {
  expect(["#/runs", "#/how/x", "", "#/nowhere", "#/toString"].map(parseRoute)).toEqual([
    "runs",
    "how",
    "lab",
    "lab",
    "lab",
  ]);
});

test("the visitor's browser comes first in the instructions", () => {
  expect(guessBrowser("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141 Safari/537.36")).toBe(
    "linux",
  );
  expect(
    guessBrowser("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141 Mobile Safari/537.36"),
  ).toBe("chrome");
  expect(guessBrowser("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15")).toBe(
    "safari",
  );
  expect(guessBrowser("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0")).toBe(
    "firefox",
  );
});

test("shares of answers are of the questions that were scored, explanations of all", () => {
  const shown = { ...shownRun(useRunStore.getState()), answers: [answersOf(0)] };
  const [last] = shown.answers;
  const half = { ...last!, closed_test: last!.closed_test.map((text, i) => (i % 2 === 0 ? text : null)) };
  const open = QUESTIONS.map((question, i) => (i < 100 ? { ...question, options: {} } : question));
  for (const [answers, scored, all] of [
    [[half], 62, 124],
    [[], 24, 124], // not yet answered: by the form of the questions
  ] as const) {
    expect(heldOut({ ...shown, answers }, "answers", open)).toBe(scored);
    expect(heldOut({ ...shown, answers }, "explanations", open)).toBe(all);
  }
  expect(heldOut({ ...shown, answers: [] }, "answers", null)).toBeNull();
});

/** A class result as six words: every result comes back, every slip of the hand is noticed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type ClassResult,
  decodeResult,
  encodeResult,
  isNear,
  LESSON_NAMES,
  markOf,
  readLines,
} from "../../src/app/panels/lessons/class/code.ts";
import { CODE_WORDS } from "../../src/app/panels/lessons/class/words.ts";
import { RUN_DEFAULTS } from "../../src/core/config.ts";

const option = fc.option(fc.nat(2));
const options = fc.tuple(option, option, option, option);
const results: fc.Arbitrary<ClassResult> = fc.record({
  lesson: fc.constantFrom(...LESSON_NAMES),
  predicted: options,
  happened: options,
  recovered: fc.option(fc.integer({ min: -10, max: 115 }).map((n) => n / 100)),
  closed: fc.option(fc.integer({ min: 0, max: 100 }).map((n) => n / 100)),
  settings: fc.nat(1023).map((n) => n.toString(32).padStart(2, "0")),
});

test("the list has 512 words, no two of them a slip apart", () => {
  expect(new Set(CODE_WORDS).size).toBe(512);
  for (const [i, word] of CODE_WORDS.entries()) {
    expect(word).toMatch(/^[a-z]{3,6}$/);
    expect(
      CODE_WORDS.slice(i + 1).filter((other) => isNear(word, other)),
      word,
    ).toEqual([]);
  }
});

test("every result comes back from its six words, however they are written", () => {
  fc.assert(
    fc.property(results, (result) => {
      const code = encodeResult(result);
      expect(code.split(" ")).toHaveLength(6);
      expect(decodeResult(`  ${code.toUpperCase().replaceAll(" ", " - ")}\n`)).toEqual({ result });
    }),
  );
});

test("one slip in one word is named, with the word that was meant among those it may be", () => {
  fc.assert(
    fc.property(
      results,
      fc.nat(5),
      fc.nat(5),
      fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz"),
      (result, at, where, letter) => {
        const words = encodeResult(result).split(" ");
        const word = words[at]!;
        const place = where % word.length;
        const slip = word.slice(0, place) + letter + word.slice(place + 1);
        fc.pre(slip !== word);
        const fault = decodeResult(words.with(at, slip).join(" "));
        expect(fault).toEqual({ fault: expect.stringContaining(`“${slip}” is no word of the list.`) });
      },
    ),
  );
});

test("words that were exchanged or are others are noticed but for one time in 512", () => {
  let unnoticed = 0;
  let tried = 0;
  const one = encodeResult({
    lesson: "gap",
    predicted: [2, 0, 1],
    happened: [2, 0, 1],
    recovered: 0.63,
    closed: 0.64,
    settings: "0a",
  }).split(" ");
  for (const at of one.keys())
    for (const word of CODE_WORDS) {
      if (word === one[at]) continue;
      tried++;
      if ("result" in decodeResult(one.with(at, word).join(" "))) unnoticed++;
    }
  expect(tried).toBe(6 * 511);
  expect(unnoticed).toBeLessThan(20); // 6 are to be expected
  const [first, second, ...rest] = one;
  expect(decodeResult([second, first, ...rest].join(" "))).toEqual({
    fault: expect.stringContaining("do not belong together"),
  });
  expect(decodeResult(one.slice(1).join(" "))).toEqual({ fault: "A code has 6 words; here are 5." });
});

test("what lies beyond what can be told is told as its end", () => {
  const far: ClassResult = {
    lesson: "",
    predicted: [],
    happened: [],
    recovered: 3,
    closed: 1,
    settings: "00",
  };
  expect(decodeResult(encodeResult(far))).toMatchObject({ result: { recovered: 1.15, closed: 1 } });
  expect(decodeResult(encodeResult({ ...far, recovered: -2 }))).toMatchObject({
    result: { recovered: -0.1 },
  });
});

test("equal settings have equal marks, whatever their order; another seed has another", () => {
  const turned = Object.fromEntries(Object.entries(RUN_DEFAULTS).reverse()) as typeof RUN_DEFAULTS;
  expect(markOf(turned)).toBe(markOf(RUN_DEFAULTS));
  expect(markOf({ ...RUN_DEFAULTS, seed: 1 })).not.toBe(markOf(RUN_DEFAULTS));
});

test("a class is a line each, maybe with names; a wrong line is told by its number", () => {
  const code = encodeResult({
    lesson: "reward",
    predicted: [1, 1, 1],
    happened: [2, 1, 1],
    recovered: null,
    closed: null,
    settings: "1f",
  });
  const lines = readLines(
    `Anna: ${code}\n\n${code}\nBen Ali ${code}\nCem: what is this\nacorn actor alarm, album almond amber`,
  );
  expect(lines.map(({ line, name }) => [line, name])).toEqual([
    [1, "Anna"],
    [3, ""],
    [4, "Ben Ali"],
    [5, "Cem"],
    [6, ""],
  ]);
  expect(lines.map(({ decoded }) => "result" in decoded)).toEqual([true, true, true, false, false]);
  expect(lines[3]!.decoded).toEqual({ fault: "A code has 6 words; here are 3." }); // the name is none of them
});

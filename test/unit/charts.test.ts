import { describe, expect, test } from "vitest";
import { wrapped } from "../../src/app/charts/figure.ts";
import { flipRows } from "../../src/app/charts/flips.ts";
import { along, firstFree, textBox } from "../../src/app/charts/place.ts";
import { stepped, stopAt, type Walk } from "../../src/app/charts/plane.ts";
import { linear, roundTicks } from "../../src/app/charts/scale.ts";
import { fileName } from "../../src/app/download.ts";

describe("walking a chart", () => {
  const line: Walk = { columns: [0, 1, 2, 8], start: { column: 3, row: 0 } };
  const grid: Walk = { columns: [0, 1], rows: Array.from({ length: 30 }, (_, i) => i) };

  test("keys begin at the start, stay inside, and mean nothing where there is nothing", () => {
    expect(stepped(line, null, "ArrowLeft")).toEqual({ column: 3, row: 0 });
    expect(stepped(line, { column: 3, row: 0 }, "ArrowRight")).toEqual({ column: 3, row: 0 });
    expect(stepped(line, { column: 3, row: 0 }, "ArrowLeft")).toEqual({ column: 2, row: 0 });
    expect(stepped(line, { column: 3, row: 0 }, "Home")).toEqual({ column: 0, row: 0 });
    expect(stepped(line, { column: 0, row: 0 }, "ArrowDown")).toBeNull(); // a line has no rows
    expect(stepped(line, null, "x")).toBeNull();
    expect(stepped({ columns: [] }, null, "ArrowRight")).toBeNull();
  });

  test("a grid is walked in rows too", () => {
    expect(stepped(grid, { column: 1, row: 3 }, "ArrowUp")).toEqual({ column: 1, row: 2 });
    expect(stepped(grid, { column: 1, row: 25 }, "PageDown")).toEqual({ column: 1, row: 29 });
    expect(stepped(grid, { column: 1, row: 4 }, "PageUp")).toEqual({ column: 1, row: 0 });
  });

  test("a pointer finds the nearest stop", () => {
    const plane = { x: linear([0, 8], [0, 80]), y: linear([0, 29], [0, 290]) };
    expect(stopAt(line, plane, 44, 0)).toEqual({ column: 2, row: 0 });
    expect(stopAt(line, plane, 51, 0)).toEqual({ column: 3, row: 0 });
    expect(stopAt(grid, plane, 2, 96)).toEqual({ column: 0, row: 10 });
    expect(stopAt({ columns: [] }, plane, 2, 96)).toBeNull();
    const scattered: Walk = { columns: [1, 2, 3], heights: [0, 20, 1] };
    expect(stopAt(scattered, plane, 21, 8)).toEqual({ column: 2, row: 0 }); // the second has this x, far above
  });
});

test("questions by what became of them: forgotten on top, then by the cycle they were learnt in, never last", () => {
  const gold = ["g", "g", "g", "g", "g", "g"];
  const at = (cycle: number, closed: string) => ({
    cycle,
    closed_test: [...closed].map((c) => (c === "-" ? null : c)),
    open_test: [..."ggxg--"].map((c) => (c === "-" ? null : c)),
  });
  //                     learnt at 2, from the start, never, forgotten at 3, not scored, learnt at 1 again
  const rows = flipRows([at(0, "xgxg-g"), at(1, "xgxx-x"), at(2, "ggxg-g"), at(3, "ggxx-g")], gold);
  expect(rows.map(({ question, learnt, forgotten }) => [question, learnt, forgotten])).toEqual([
    [3, null, 2],
    [1, 0, null],
    [0, 2, null],
    [5, 2, null],
    [2, null, null],
    [4, null, null],
  ]);
  expect(rows.map(({ states }) => states)).toEqual([
    ["both", "open", "both", "open"],
    ["both", "both", "both", "both"],
    ["open", "open", "both", "both"],
    ["closed", "neither", "closed", "closed"],
    ["neither", "neither", "neither", "neither"],
    [null, null, null, null],
  ]);
});

test("ticks are round, begin at 0, end before the last value", () => {
  expect(roundTicks(2048, 8)).toEqual([0, 500, 1000, 1500, 2000]);
  expect(roundTicks(3, 4)).toEqual([0, 1, 2, 3]);
  expect(roundTicks(0.9, 4).map((t) => Number(t.toFixed(6)))).toEqual([0, 0.5]);
  expect(roundTicks(0, 5)).toEqual([0]);
  for (const last of [0.013, 7, 99, 4210])
    for (const most of [3, 5, 8]) expect(roundTicks(last, most).length).toBeLessThanOrEqual(most);
});

test("a label takes the first place where it covers nothing", () => {
  const box = (y: number) => textBox("the gap", 100, y, 16, "middle");
  const taken = [textBox("found in passages 62 %", 180, 52, 13, "end")];
  expect(firstFree([50, 56, 90], box, taken)).toBe(90);
  expect(firstFree([50], box, [])).toBe(50);
  expect(firstFree([50], box, taken)).toBeUndefined();
  expect(
    firstFree(
      [50, 90],
      box,
      along([
        [0, 45],
        [300, 45],
      ]),
    ),
  ).toBe(90); // a line runs through the first
});

test("captions are cut between words, file names hold letters and digits", () => {
  expect(wrapped("B is 6 points above A", 9)).toEqual(["B is 6", "points", "above A"]);
  expect(wrapped("  ", 9)).toEqual([]);
  expect(fileName("RLAG, brief answers: größer?", "svg")).toMatch(/^rlag-brief-answers-gr.*er\.svg$/);
  expect(fileName("…", "png")).toBe("figure.png");
});

/** What every chart has in common: keys, the told sentence, the table twin, the figure that leaves. */
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { ArmsPlot } from "../../src/app/charts/ArmsPlot.tsx";
import { Frame } from "../../src/app/charts/Frame.tsx";
import { figureSvg } from "../../src/app/charts/figure.ts";
import { baselineLabels } from "../../src/app/charts/gapLayers.tsx";
import { textBox } from "../../src/app/charts/place.ts";
import { cycleRow } from "./helpers/story.ts";

afterEach(cleanup);

const rows = [0, 1, 2].map((c) => cycleRow(c));
const more = rows.map((row) => ({ ...row, closed_test: row.closed_test! + 0.1 }));
const most = rows.map((row) => ({ ...row, closed_test: row.closed_test! + 0.2 }));

const arms = () =>
  render(
    <ArmsPlot
      arms={[
        { id: "a", letter: "A", name: "SFT", runs: [{ seed: 0, rows }] },
        {
          id: "b",
          letter: "B",
          name: "RLAG",
          runs: [rows, more, most].map((of, seed) => ({ seed, rows: of })),
        },
      ]}
      measure="answers"
      along="updates"
      title="Two arms"
      says="B is above A"
      caption="After two cycles, 124 questions & no more"
    />,
  );

test("arrow keys walk through a plot and tell what stands there", () => {
  arms();
  const walk = screen.getByRole("slider", { name: "Two arms: walk with the arrow keys" });
  const told = () => document.querySelector(".chart [aria-live]")!.textContent;
  expect(told()).toBe("");
  fireEvent.keyDown(walk, { key: "ArrowRight" });
  expect(told()).toContain("cycle 2 · A 98 % 48 % · B 98 % 58 % (33 % to 83 %)"); // ± 4.3027 · 0.1 / √3
  fireEvent.keyDown(walk, { key: "ArrowLeft" });
  expect(told()).toContain("cycle 1");
  fireEvent.keyDown(walk, { key: "Escape" });
  expect(told()).toBe("");
});

test("an arm of three seeds has a band and its seeds under it, an arm of one has neither", () => {
  arms();
  const [, closedA, , closedB] = document.querySelectorAll(".line");
  expect(closedA!.querySelectorAll(".band, .seed")).toHaveLength(0);
  expect(closedB!.querySelectorAll(".band")).toHaveLength(1);
  expect(closedB!.querySelectorAll(".seed")).toHaveLength(3);
  expect(screen.getByRole("region", { name: "Arms by cycle", hidden: true }).textContent).toContain(
    "B2398 % (98 % to 98 %)58 % (33 % to 83 %)",
  );
});

test("a run that is not as far as the others of its arm is drawn, and not in the mean", () => {
  render(
    <ArmsPlot
      arms={[
        {
          id: "a",
          letter: "A",
          name: "SFT",
          runs: [rows, more.slice(0, 2)].map((of, seed) => ({ seed, rows: of })),
        },
      ]}
      measure="answers"
      along="cycles"
      title="One arm"
      says="A"
      caption="A"
    />,
  );
  expect(document.querySelectorAll(".line.closed .seed")).toHaveLength(2);
  expect(document.querySelector(".line.closed .label")!.textContent).toBe("A 48 %");
});

test("a grid is walked in both directions, and Enter picks", () => {
  const pick = vi.fn();
  const axis = (n: number) => ({ domain: [0, n] as const, ticks: () => [], title: null });
  render(
    <Frame
      title="Grid"
      says="a grid"
      x={axis(2)}
      y={axis(2)}
      height={() => 100}
      margins={() => ({ left: 0, right: 0, top: 0, bottom: 0 })}
      walk={{ columns: [0, 1], rows: [0, 1, 2], pick }}
      reading={({ column, row }) => `${column} ${row}`}
    >
      {() => null}
    </Frame>,
  );
  const walk = screen.getByRole("slider");
  for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "Enter"]) fireEvent.keyDown(walk, { key });
  expect(pick).toHaveBeenCalledWith({ column: 1, row: 1 });
});

test("a figure stands alone: title, caption, texts as text, no class, no hair line", () => {
  arms();
  const walk = screen.getByRole("slider");
  act(() => void fireEvent.keyDown(walk, { key: "End" }));
  const chart = document.querySelector<HTMLElement>(".chart")!;
  expect(chart.querySelector(".hair")).not.toBeNull();
  const before = document.body.children.length;
  const { text, width, height } = figureSvg(chart, "Two <arms>", "After two cycles, 124 questions & no more");
  expect(document.body.children.length).toBe(before);
  const figure = new DOMParser().parseFromString(text, "image/svg+xml");
  expect(figure.querySelector("parsererror")).toBeNull();
  expect(figure.querySelector("title")!.textContent).toBe("Two <arms>");
  const texts = [...figure.querySelectorAll("text")].map((t) => t.textContent);
  expect(texts).toContain("Two <arms>");
  expect(texts).toContain("After two cycles, 124 questions & no more");
  expect(texts).toContain("A 48 %");
  expect(text).not.toMatch(/class=|hair/);
  expect(width).toBe(720);
  expect(height).toBeGreaterThan(360);
});

test("a baseline's label keeps off what is written at a line's end", () => {
  const scale = (v: number) => 250 - 200 * v;
  const plane = { x: scale, y: scale, left: 44, right: 300, top: 14, bottom: 256, width: 362, height: 300 };
  const baselines = { chance: null, answer_prior: 0.4, string_in_context: null };
  const lines = [
    [[44, 60]],
    [
      [44, 150],
      [200, 172],
    ],
  ] as const;
  const label = (written: Parameters<typeof baselineLabels>[2]) =>
    baselineLabels(baselines as never, lines, written, { ...plane, narrow: true } as never)[0]!;
  const end = textBox("closed", 212, 168, 16, "start"); // 40 %, as the common answers
  expect(label([]).spot).toEqual({ x: 296, y: 164, textAnchor: "end" });
  const { box } = label([end]);
  expect(box.x + box.width <= end.x || box.y >= end.y + end.height || box.y + box.height <= end.y).toBe(true);
});

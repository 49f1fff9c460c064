/** What every chart has in common: keys, the told sentence, the table twin, the figure that leaves. */
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { ArmsPlot } from "../../src/app/charts/ArmsPlot.tsx";
import { Frame } from "../../src/app/charts/Frame.tsx";
import { figureSvg } from "../../src/app/charts/figure.ts";
import { GapPlot } from "../../src/app/charts/GapPlot.tsx";
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

test("what guessing gives is labelled beside a line's end label, not under it", () => {
  const half = cycleRow(2); // of three cycles: its label ends where the other begins
  const share = half.closed_test!;
  const { container } = render(
    <GapPlot
      rows={[cycleRow(0), cycleRow(1), half]}
      measure="answers"
      cycles={3}
      questions={124}
      baselines={{ chance: null, answer_prior: share, string_in_context: null } as never}
      extraLines={false}
      elsewhere={false}
      faint={false}
      title="A run"
      says="the gap"
      twin={{ summary: "As a table", head: [], rows: [] } as never}
    />,
  );
  const at = (element: Element | null, size: number) => {
    const spot = element?.querySelector("tspan") ?? element!;
    const y = Number(element!.getAttribute("y"));
    const anchor = (element!.getAttribute("text-anchor") ?? "start") as "start" | "end";
    return textBox(element!.textContent!, Number(spot.getAttribute("x")), y, size, anchor);
  };
  const end = at(container.querySelector(".line.closed .label"), 15);
  const guess = at(container.querySelector(".baseline text"), 13);
  expect(container.querySelector(".baseline text")!.textContent).toMatch(/^common answers/);
  const isApart = (a: typeof end, b: typeof end) =>
    a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
  expect(isApart(end, guess)).toBe(true);
});

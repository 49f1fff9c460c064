/** Lessons on the site's own recordings: every step has its truth, and nothing is shown before it was predicted. */
import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test } from "vitest";
import { App } from "../../src/app/App.tsx";
import { LabContext } from "../../src/app/lab.ts";
import { differing } from "../../src/app/panels/lessons/lesson.ts";
import { LESSONS } from "../../src/app/panels/lessons/lessons.ts";
import { reasoningLesson } from "../../src/app/panels/lessons/reasoningLesson.ts";
import { type ExperimentRow, rewardLesson } from "../../src/app/panels/lessons/rewardLesson.ts";
import { parsePart, parseQuery, parseRoute } from "../../src/app/route.ts";
import { useViewStore } from "../../src/app/stores/viewStore.ts";
import { type RunFile, readRunFile } from "../../src/core/runFile.ts";
import { root } from "../machine.mjs";
import { scriptedLab } from "./helpers/scriptedLab.ts";

const RECORDED = join(root, "public", "recorded");
let runs: RunFile[];
const realFetch = globalThis.fetch;

beforeAll(async () => {
  const names = JSON.parse(await readFile(join(RECORDED, "index.json"), "utf8")) as string[];
  runs = await Promise.all(
    names.map(async (name) => readRunFile(await openAsBlob(join(RECORDED, name)), name)),
  );
});
afterEach(() => {
  cleanup();
  globalThis.fetch = realFetch;
  useViewStore.setState({ present: false });
});

test("each lesson has its steps on the recordings that come with the page", () => {
  for (const lesson of LESSONS) {
    const steps = lesson.steps(runs);
    expect(steps.length, lesson.name).toBeGreaterThanOrEqual(3);
    for (const { options, truth, plots, reveals } of steps) {
      expect(options[truth]).toBeDefined();
      expect(reveals).not.toMatch(/NaN|undefined|null|—/);
      for (const { from, to } of plots) expect(from).toBeLessThanOrEqual(to);
    }
  }
});

test("without recordings a lesson has no steps, and says nothing it did not measure", () => {
  for (const lesson of LESSONS) expect(lesson.steps([])).toEqual([]);
});

test("a share of the recording moved to the other end moves the truth", () => {
  const [gap] = LESSONS;
  const moved = runs.map((run) => ({
    ...run,
    rows: run.rows.map((row) => (row.type === "cycle" ? { ...row, open_test: 0.2 } : row)),
  }));
  expect(gap!.steps(runs)[0]!.truth).not.toBe(gap!.steps(moved)[0]!.truth);
});

test("the runs that a step lays side by side differ in what they learned to say, and in nothing else", () => {
  const [brief, explained] = reasoningLesson.steps(runs)[2]!.plots.map(({ run }) => run);
  expect(differing(brief!, explained!)).toEqual(["answers"]);
  const faster = runs.map((run) =>
    run === explained ? { ...run, config: { ...run.config, learning_rate: 1e-3 } } : run,
  );
  expect(reasoningLesson.steps(faster)).toHaveLength(2);
});

test("what an experiment has shown is as its test says: no difference by itself is a verdict", () => {
  const row = (arm: string, difference: number, holm: number): ExperimentRow => {
    const against = { difference, low: difference - 0.05, high: difference + 0.05, holm };
    return {
      arm,
      archives: 5,
      endpoints: { closed_test: { against }, closed_response: { against } },
      after: { closed_test: 0.6, closed_response: 0.5 },
    };
  };
  const truths = (difference: number, holm: number) =>
    rewardLesson([row("credit", 0, 1), row("sft-both-credit", difference, holm)])
      .steps(runs)
      .map(({ options, truth }) => options[truth]);
  expect(truths(0.2, 0.01)[1]).toBe("the rewarded one");
  expect(truths(-0.2, 0.01)[1]).toBe("the copying one");
  expect(truths(0.2, 0.06)[1]).toBe("neither by so much that it can be told");
  expect(truths(0.2, 0.01)).toHaveLength(2); // the control was not run
});

test("a hash names route, part and what else it carries", () => {
  const hash = "#/lesson/gap?step=2&hide=nav,ask";
  expect([parseRoute(hash), parsePart(hash), parseQuery(hash, "step"), parseQuery(hash, "hide")]).toEqual([
    "lesson",
    "gap",
    "2",
    "nav,ask",
  ]);
  expect([parseRoute("#/lab?hide=setup"), parsePart("#/lab?hide=setup")]).toEqual(["lab", ""]);
});

test("a prediction is asked before anything is shown, then what happened; b makes it big, a link hides", async () => {
  globalThis.fetch = async (input) => {
    const name = String(input).split("/recorded/")[1];
    if (name === undefined) return realFetch(input);
    const bytes = await readFile(join(RECORDED, name));
    const type = name.endsWith(".json") ? "application/json" : "application/zip";
    return new Response(new Uint8Array(bytes), { headers: { "content-type": type } });
  };
  window.location.hash = "#/lesson/gap?step=2&hide=nav";
  render(
    <LabContext value={scriptedLab()}>
      <App />
    </LabContext>,
  );
  const option = await screen.findByRole("button", { name: "about 20" });
  expect(document.documentElement.dataset.hide).toBe("nav");
  const revealed = () => document.querySelector(".revealed")!.textContent;
  expect(revealed()).toBe("");
  expect(screen.queryByRole("link", { name: "Next →" })).toBeNull();
  fireEvent.click(option);
  expect(revealed()).toContain("As you said.");
  expect(screen.getByRole("link", { name: "Next →" }).getAttribute("href")).toBe("#/lesson/gap?step=3");
  fireEvent.keyDown(document.body, { key: "b" });
  expect(document.documentElement.dataset.present).toBe("");
  expect(document.querySelectorAll(".worksheet > ol > li").length).toBe(3);
});

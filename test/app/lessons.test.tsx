/** Lessons on the site's own recordings: every step has its truth, and nothing is shown before it was predicted. */
import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, beforeAll, expect, test } from "vitest";
import "../../src/app/panels/lessons/class/ClassPage.tsx";
import { useClassStore } from "../../src/app/panels/lessons/class/classStore.ts";
import { decodeResult, markOf } from "../../src/app/panels/lessons/class/code.ts";
import { differing } from "../../src/app/panels/lessons/lesson.ts";
import { LESSONS } from "../../src/app/panels/lessons/lessons.ts";
import { ONE_QUESTION } from "../../src/app/panels/lessons/one/oneQuestion.ts";
import { reasoningLesson } from "../../src/app/panels/lessons/reasoningLesson.ts";
import { type ExperimentRow, rewardLesson } from "../../src/app/panels/lessons/rewardLesson.ts";
import { shortConfig, useShortRuns } from "../../src/app/panels/lessons/shortRuns.ts";
import "../../src/app/panels/lessons/one/OneQuestionPage.tsx";
import { parsePart, parseQuery, parseRoute } from "../../src/app/route.ts";
import { useCorpusStore } from "../../src/app/stores/corpusStore.ts";
import { closeRun, useRunStore } from "../../src/app/stores/runStore.ts";
import { useViewStore } from "../../src/app/stores/viewStore.ts";
import { type RunFile, readRunFile } from "../../src/core/runFile.ts";
import { openPage } from "./helpers/openPage.tsx";
import { fetchRecordings, RECORDED } from "./helpers/recordings.ts";
import { type ScriptedLab, type Sent, scriptedLab } from "./helpers/scriptedLab.ts";
import { answersOf, cycleRow, engineInfo, runRecord, updateRow } from "./helpers/story.ts";

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

async function openLesson(lab: ScriptedLab, hash: string): Promise<void> {
  globalThis.fetch = fetchRecordings;
  await openPage(lab, hash);
}
const revealed = () => document.querySelector(".revealed")!.textContent;

test("a step that is run here has its truth from the visitor's own run", async () => {
  const lab = scriptedLab();
  closeRun();
  lab.say({ type: "opened", info: engineInfo() });
  await openLesson(lab, "#/lesson/gap?step=3");
  fireEvent.click(await screen.findByRole("radio", { name: /^a run here.*24 questions.*4 cycles/ }));
  fireEvent.click(screen.getByRole("button", { name: "about half" }));
  expect(revealed()).toBe("");
  await waitFor(() => expect(lab.sent.at(-1)!.type).toBe("start"));
  const { runId, config } = lab.sent.at(-1) as Sent & { type: "start" };
  expect(config).toEqual(shortConfig("gap"));
  const run = runRecord({ id: runId, config, status: "running" });
  act(() => lab.say({ type: "run", run }));
  expect(revealed()).toBe("");
  const rows = [0, 1, 2, 3, 4].map((c) => cycleRow(c)); // from 18 to 57 %, of 97 %
  const ended = { ...run, status: "finished" as const, cycle: 4 };
  lab.stored.set(runId, { run: ended, rows, answers: [0, 4].map(answersOf) });
  act(() => lab.say({ type: "run", run: ended }));
  await waitFor(() =>
    expect(revealed()).toBe(
      "As you said. After 4 cycles 49 % of the gap: 57 % are right without looking, from 18 % before.",
    ),
  );
  expect(screen.getByText(/^Answers of your run/)).toBeTruthy();
});

test("without WebGPU the recorded run decides, and its questions are looked at one by one", async () => {
  const lab = scriptedLab({ webGpu: false });
  closeRun();
  useShortRuns.setState({ ids: {} });
  await openLesson(lab, "#/lesson/gap?step=3");
  expect(await screen.findByText(/^A recorded run decides/)).toBeTruthy();
  expect(screen.queryByRole("radio")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: "about half" }));
  expect(revealed()).toContain("of the gap");
  const details = screen.getByText("Question by question").closest("details")!;
  details.open = true;
  fireEvent(details, new Event("toggle"));
  expect(await within(details).findByText("Question 1 of 124")).toBeTruthy();
  expect(within(details).getByText("Right answer")).toBeTruthy();
});

test("who ends a lesson has six words; a teacher's page puts them together and names the line that cannot be read", async () => {
  const lab = scriptedLab({ webGpu: false });
  closeRun();
  useClassStore.setState({ text: "" });
  await openLesson(lab, "#/lesson/gap?step=2");
  fireEvent.click(await screen.findByRole("button", { name: "about 50" })); // "about 20" happened
  fireEvent.click(screen.getByRole("link", { name: "Next →" }));
  fireEvent.click(await screen.findByRole("button", { name: "about half" }));
  const code = document.querySelector(".class-code b")!.textContent!;
  expect(decodeResult(code)).toEqual({
    result: {
      lesson: "gap",
      predicted: [null, 1, 1, null],
      happened: [null, 0, 1, null],
      recovered: 0.63,
      closed: 0.64,
      settings: markOf(runs[0]!.config),
    },
  });
  window.location.hash = "#/lesson/class";
  fireEvent.change(await screen.findByRole("textbox", { name: "Codes" }), {
    target: { value: `Anna: ${code}\nBen: ${code.replace(/^\w/, "q")}\n${code}` },
  });
  expect(
    within(screen.getByRole("list", { name: /cannot be read/ })).getByText(/^Line 2 \(Ben\): “q/),
  ).toBeTruthy();
  expect(
    screen.getByRole("img", { name: "Predicted rightly: step 2: 0 of 2; step 3: 2 of 2." }),
  ).toBeTruthy();
  const twin = document.querySelector(".class-plot .twin")!;
  const rows = [...twin.querySelectorAll("tbody tr")].map((row) =>
    [...row.children].map((c) => c.textContent),
  );
  expect(rows).toEqual([
    ["What the gap is, 2", "about 20", "0", "0", "✓ happened"],
    ["What the gap is, 2", "about 50", "2", "0", ""],
    ["What the gap is, 2", "about 90", "0", "0", ""],
    ["What the gap is, 3", "nothing", "0", "0", ""],
    ["What the gap is, 3", "about half", "2", "2", "✓ happened"],
    ["What the gap is, 3", "all of it", "0", "0", ""],
  ]);
  expect(document.querySelectorAll(".class-plot svg[role=img] .class-hit")).toHaveLength(2);
  expect(document.querySelectorAll(".class-plot svg[role=img] .class-miss")).toHaveLength(2);
  const walk = screen.getByRole("slider", { name: "Predicted and happened: walk with the arrow keys" });
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) fireEvent.keyDown(walk, { key });
  expect(document.querySelector(".class-plot [aria-live]")!.textContent).toBe(
    "3. about half: 2 of 2 predicted it · it happened",
  );
  expect(screen.getByText(/in every report/).textContent).toBe(
    "Gap won back: 63 % in every report that tells it.",
  );
  const reports = screen.getByRole("region", { name: "Reports" });
  expect(
    within(reports)
      .getAllByRole("row")
      .slice(1)
      .map((row) => row.firstChild!.textContent),
  ).toEqual(["Anna", "line 3"]);
  expect(within(reports).getAllByText("63 %")).toHaveLength(2);
  expect((await axe.run(document.body)).violations).toEqual([]);
});

test("one's own question goes through one cycle by the session's own requests, and the table is as it was after", async () => {
  const lab = scriptedLab();
  closeRun();
  lab.say({ type: "opened", info: engineInfo() });
  await openLesson(lab, "#/lesson/one");
  const write = (name: string, value: string) =>
    fireEvent.change(screen.getByRole("textbox", { name }), { target: { value } });
  await screen.findByRole("button", { name: "Look it up" });
  write("Question", "Where was Brem Coprea born?");
  write("Right answer", "Thornmoor");
  write("Wrong option 1", "Thornmoor");
  fireEvent.click(screen.getByRole("button", { name: "Look it up" }));
  expect(screen.getByRole("alert").textContent).toBe("“Thornmoor” is the answer and a wrong option too.");
  write("Wrong option 1", "Naithford");
  write("Wrong option 2", "Gainford");
  fireEvent.click(screen.getByRole("button", { name: "Look it up" }));
  fireEvent.click(await screen.findByRole("button", { name: "Answer it twice" }));
  expect(useCorpusStore.getState().current).toMatchObject({ id: ONE_QUESTION, name: "One question" });
  expect(useCorpusStore.getState().current!.train).toMatchObject([
    { question: "Where was Brem Coprea born?", options: { A: "Gainford", B: "Naithford", C: "Thornmoor" } },
  ]);
  fireEvent.click(await screen.findByRole("button", { name: "What does the open book earn?" }));
  expect(await screen.findByText("It earned 0.92: so much its answer counts in learning.")).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Learn it" }));
  await waitFor(() => expect(lab.sent.at(-1)!.type).toBe("start"));
  const { runId, config } = lab.sent.at(-1) as Sent & { type: "start" };
  expect(config).toMatchObject({ data: ONE_QUESTION, cycles: 1, updates: 12, batch_size: 1 });
  const run = runRecord({ id: runId, config, status: "running" });
  act(() => lab.say({ type: "run", run }));
  expect(screen.queryByRole("button", { name: "Ask it again" })).toBeNull();
  act(() => lab.say({ type: "metrics", runId, rows: [updateRow(0), updateRow(11)] }));
  expect(screen.getByText(/^Update 12 of 12: the loss went from/)).toBeTruthy();
  act(() => lab.say({ type: "run", run: { ...run, status: "finished" } }));
  fireEvent.click(screen.getByRole("button", { name: "Ask it again" }));
  expect(await screen.findByText(/^With the book closed it was right before and still is/)).toBeTruthy();
  expect(lab.sent.filter((s) => s.type === "inspect").map((s) => [s.runId, s.set, s.index])).toEqual([
    [null, "train", 0],
    [runId, "train", 0],
  ]);
  fireEvent.click(screen.getByRole("button", { name: "Another question" }));
  await waitFor(() => expect(useCorpusStore.getState().current!.id).toBe("data/archive"));
  expect(useRunStore.getState().runId).toBeNull();
});

test("a prediction is asked before anything is shown, then what happened; b makes it big, a link hides", async () => {
  await openLesson(scriptedLab(), "#/lesson/gap?step=2&hide=nav");
  const option = await screen.findByRole("button", { name: "about 20" });
  expect(document.documentElement.dataset.hide).toBe("nav");
  expect(revealed()).toBe("");
  expect(screen.queryByRole("link", { name: "Next →" })).toBeNull();
  fireEvent.click(option);
  expect(revealed()).toContain("As you said.");
  expect(screen.getByRole("link", { name: "Next →" }).getAttribute("href")).toBe("#/lesson/gap?step=3");
  fireEvent.keyDown(document.body, { key: "b" });
  expect(document.documentElement.dataset.present).toBe("");
  expect(document.querySelectorAll(".worksheet > ol > li").length).toBe(3);
});

/** Where a recorded run is shown first: on iPads, and in lessons on slow machines; elsewhere nothing changes. */
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import axe from "axe-core";
import { afterEach, expect, test, vi } from "vitest";
import { isAppleTouch, LONGEST, reckonedSeconds } from "../../src/app/held.ts";
import { SHORT_TOOK, shortConfig, useShortRuns } from "../../src/app/panels/lessons/shortRuns.ts";
import "../../src/app/panels/lessons/LessonsPage.tsx";
import "../../src/app/panels/lessons/one/OneQuestionPage.tsx";
import { useRunStore } from "../../src/app/stores/runStore.ts";
import { useViewStore } from "../../src/app/stores/viewStore.ts";
import { freshPages } from "./helpers/freshPage.ts";
import { openPage } from "./helpers/openPage.tsx";
import { fetchRecordings } from "./helpers/recordings.ts";
import { type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";
import { cycleRow, engineInfo, runRecord } from "./helpers/story.ts";

freshPages();
const [platform, touch] = [navigator.platform, navigator.maxTouchPoints];
const device = (as: { platform: string; maxTouchPoints: number }) => {
  for (const [name, value] of Object.entries(as))
    Object.defineProperty(navigator, name, { value, configurable: true });
};
const iPad = () => device({ platform: "MacIntel", maxTouchPoints: 5 });
afterEach(() => {
  device({ platform, maxTouchPoints: touch });
  useViewStore.setState({ tryHere: false });
  useRunStore.setState({ flopsPerSecond: null });
  useShortRuns.setState({ ids: {} });
});

/** A page whose adapter multiplies so fast, GFLOP/s. */
async function open(hash: string, gflops: number | null): Promise<ScriptedLab> {
  const lab = scriptedLab();
  vi.mocked(globalThis.fetch).mockImplementation(fetchRecordings);
  await openPage(lab, hash);
  act(() => {
    lab.say({ type: "opened", info: engineInfo() });
    lab.say({ type: "prepared", ...(gflops !== null && { flopsPerSecond: gflops * 1e9 }) });
  });
  return lab;
}
const tryIt = () => screen.queryByRole("button", { name: "Try it here" });
const started = (lab: ScriptedLab) => lab.sent.filter(({ type }) => type === "start").length;

test("an iPad is one though it calls itself a Mac; a Mac, a touch screen elsewhere and Android are none", () => {
  const known = [
    ["iPad", 5],
    ["iPhone", 5],
    ["MacIntel", 5],
    ["MacIntel", 0],
    ["Win32", 10],
    ["Linux armv8l", 5],
  ] as const;
  expect(known.map(([platform, maxTouchPoints]) => isAppleTouch({ platform, maxTouchPoints }))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("time goes with the inverse of speed from what was measured; not known without a speed", () => {
  const { seconds, flopsPerSecond } = SHORT_TOOK!;
  expect(reckonedSeconds(flopsPerSecond)).toBe(seconds.gap);
  expect(reckonedSeconds(flopsPerSecond / 10, "brief")).toBeCloseTo(10 * seconds.brief, 9);
  expect(reckonedSeconds(null)).toBeNull();
  expect(reckonedSeconds(3.2e9)! > LONGEST && reckonedSeconds(3.4e9)! < LONGEST).toBe(true);
});

test("on an iPad the recorded run is shown, no key starts a run, and the kernels wait; a click gives the page back", async () => {
  iPad();
  const lab = await open("#/lab", 1000);
  expect(await screen.findByText("On this device a recorded run is shown.")).toBeTruthy();
  expect(await screen.findByText("A recorded run", { selector: "b" }, { timeout: 10_000 })).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Run" })).toBeNull();
  fireEvent.keyDown(document.body, { key: " " });
  fireEvent.keyDown(document.body, { key: "ArrowRight" });
  expect(started(lab)).toBe(0);
  expect(screen.getByRole("textbox", { name: "Your question" })).toBeTruthy(); // asking trains nothing
  const rules = { "color-contrast": { enabled: false } };
  expect((await axe.run(document.body, { rules })).violations).toEqual([]);
  fireEvent.click(tryIt()!);
  expect(tryIt()).toBeNull();
  expect(lab.sent.at(-1)!.type).toBe("prepare");
  await waitFor(() =>
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Run" }).disabled).toBe(false),
  );
  fireEvent.keyDown(document.body, { key: " " });
  expect(started(lab)).toBe(1);
  expect(JSON.parse(localStorage.getItem("closed-book-view")!).state.tryHere).toBe(true); // for good
});

test("on an iPad a run that is on screen was asked for: it can go on", async () => {
  iPad();
  const lab = await open("#/lab", 1000);
  act(() => {
    useRunStore.setState({ runId: "run-1" });
    lab.say({ type: "run", run: runRecord({ id: "run-1", status: "paused" }) });
  });
  expect(tryIt()).toBeNull();
  expect(screen.getByRole("button", { name: "Resume" })).toBeTruthy();
});

test("on an iPad a lesson is decided by the recorded run, until it is tried", async () => {
  iPad();
  await open("#/lesson/gap?step=3", 1000);
  expect(
    await screen.findByText(/^A recorded run decides: this device may end a page that trains/),
  ).toBeTruthy();
  expect(screen.queryByRole("radio")).toBeNull();
  expect(screen.getByRole("link", { name: "a question of your own" }).getAttribute("href")).toBe(
    "#/lesson/one",
  );
  fireEvent.click(tryIt()!);
  expect(screen.getByRole("radio", { name: /^a run here/ })).toBeTruthy();
});

test("on an iPad one's own question is scored at cycle 0, and learned only when that is tried", async () => {
  iPad();
  const lab = await open("#/lesson/one", 1000);
  const write = (name: string, value: string) =>
    fireEvent.change(screen.getByRole("textbox", { name }), { target: { value } });
  await screen.findByRole("button", { name: "Look it up" });
  write("Question", "Where was Brem Coprea born?");
  write("Right answer", "Thornmoor");
  write("Wrong option 1", "Naithford");
  fireEvent.click(screen.getByRole("button", { name: "Look it up" }));
  fireEvent.click(await screen.findByRole("button", { name: "Answer it twice" }));
  fireEvent.click(await screen.findByRole("button", { name: "What does the open book earn?" }));
  expect(await screen.findByText("This is cycle 0: before any training.")).toBeTruthy();
  expect(lab.sent.flatMap((sent) => (sent.type === "inspect" ? [sent.runId] : []))).toEqual([null]); // the base scored it
  expect(screen.queryByRole("button", { name: "Learn it" })).toBeNull();
  fireEvent.click(tryIt()!);
  fireEvent.click(screen.getByRole("button", { name: "Learn it" }));
  await waitFor(() => expect(started(lab)).toBe(1));
});

test("on a slow machine a lesson is decided by the recorded run, with the time and whence it is known", async () => {
  await open("#/lesson/gap?step=3", 1);
  expect((await screen.findByText(/^A recorded run decides: on this machine/)).textContent).toMatch(
    /a run would take about 10 minutes, as reckoned from how fast it multiplies\. Try it here all the same, or have/,
  );
  const rules = { "color-contrast": { enabled: false } };
  expect((await axe.run(document.body, { rules })).violations).toEqual([]);
  fireEvent.click(tryIt()!);
  expect(screen.getByRole("radio", { name: /^a run here.*about 10 minutes, as reckoned/ })).toBeTruthy();
});

test("what a run here really took counts before what is reckoned, both ways", async () => {
  const config = shortConfig("gap");
  const took = async (seconds: number, gflops: number) => {
    const lab = scriptedLab();
    vi.mocked(globalThis.fetch).mockImplementation(fetchRecordings);
    const run = runRecord({ id: "r", config, status: "finished", cycle: 4, gpuAdapter: null });
    const rows = [0, 4].map((cycle) => ({ ...cycleRow(cycle), seconds: (seconds * cycle) / 4 }));
    lab.stored.set("r", { run, rows, answers: [] });
    await openPage(lab, "#/lesson/gap?step=3");
    act(() => lab.say({ type: "prepared", flopsPerSecond: gflops * 1e9 }));
    return lab;
  };
  await took(60, 1); // slow by its speed, and yet it took a minute
  expect(await screen.findByText(/about 1 m.*as measured here/)).toBeTruthy();
  expect(screen.getByRole("radio", { name: /^a run here/ })).toBeTruthy();
  document.body.replaceChildren();
  await took(400, 100);
  expect((await screen.findByText(/^A recorded run decides: on this machine/)).textContent).toMatch(
    /about 7 minutes, as measured here/,
  );
});

test("a slow machine is told so on the Lab page, and may run; a fast one, and one not timed, is told nothing", async () => {
  await open("#/lab", 2.19);
  expect(screen.getByText("This machine is slow for training.").parentElement!.textContent).toMatch(
    /would take about 5 minutes, as reckoned from how fast it multiplies \(2\.2 GFLOP\/s\)/,
  );
  expect(screen.getByRole("button", { name: "Run" })).toBeTruthy();
  for (const flopsPerSecond of [1e12, null]) {
    act(() => useRunStore.setState({ flopsPerSecond }));
    expect(screen.queryByText("This machine is slow for training.")).toBeNull();
  }
});

test.for([1000, null])(
  "where the machine is fast or was not timed a lesson offers a run (%s GFLOP/s)",
  async (gflops) => {
    await open("#/lesson/gap?step=3", gflops);
    expect(await screen.findByRole("radio", { name: /^a run here/ })).toBeTruthy();
    expect(tryIt()).toBeNull();
  },
);

/** The page on scripted workers: what a person does, what the workers are told, what is then on screen. */
import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { App } from "../../src/app/App.tsx";
import "../../src/app/panels/how/HowPage.tsx"; // loaded when it is opened; here before, so that no test waits for it
import { openStoredRun } from "../../src/app/actions.ts";
import { LabContext } from "../../src/app/lab.ts";
import { openOtherTabs } from "../../src/app/otherTabs.ts";
import { openCorpus, useCorpusStore } from "../../src/app/stores/corpusStore.ts";
import { useDraftStore } from "../../src/app/stores/draftStore.ts";
import { closeRun, useRunStore } from "../../src/app/stores/runStore.ts";
import { lookAt, useViewStore } from "../../src/app/stores/viewStore.ts";
import { CATALOG } from "../../src/core/catalog.ts";
import type { Progress, TrainEvent } from "../../src/core/messages.ts";
import { COMMON_WORDS } from "../../src/core/modelWords.ts";
import type { RunRecord } from "../../src/core/run.ts";
import { factsOf, type RunFile, writeRunFile } from "../../src/core/runFile.ts";
import { CORPUS, type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";
import {
  answersOf,
  configOf,
  cycleRow,
  engineInfo,
  QUESTIONS,
  runRecord,
  updateRow,
} from "./helpers/story.ts";

const ENGINE = engineInfo({ gpuAdapter: "Apple M2" });
const PROGRESS: Progress = {
  status: "running",
  phase: "optimising",
  cycle: 7,
  cycles: 8,
  done: 10,
  of: 16,
  secondsLeft: 70,
  tokensPerSecond: null,
};

beforeEach(() => {
  location.hash = "";
  localStorage.clear();
  closeRun();
  useRunStore.setState({ engine: null, prepared: false, elsewhere: null, adapters: [] });
  useDraftStore.setState({
    presetId: "rlag-response",
    changes: {},
    corpus: "data/archive",
    model: "models/pocket",
  });
  useViewStore.setState({
    measure: "answers",
    dialog: null,
    lastRunId: null,
    theme: "system",
    extraLines: false,
  });
  lookAt("test", 0);
  vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("", { status: 404 })); // no recordings
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

async function open(lab: ScriptedLab = scriptedLab()): Promise<ScriptedLab> {
  await openCorpus(lab, "data/archive");
  render(
    <LabContext value={lab}>
      <App />
    </LabContext>,
  );
  return lab;
}
async function openReady(lab?: ScriptedLab): Promise<ScriptedLab> {
  const opened = await open(lab);
  say(opened, { type: "opened", info: ENGINE }, { type: "prepared" });
  return opened;
}
const say = (lab: ScriptedLab, ...events: TrainEvent[]) => act(() => events.forEach(lab.say));
const button = (name: string | RegExp) => screen.getByRole("button", { name });
const press = (name: string | RegExp) => act(() => fireEvent.click(button(name)));
const choose = (label: string, value: string) =>
  act(() => void fireEvent.change(screen.getByLabelText(label), { target: { value } }));
const key = (key: string, on: Element = document.body) => act(() => fireEvent.keyDown(on, { key }));
const last = (lab: ScriptedLab, ...types: string[]) =>
  lab.sent.filter((c) => types.length === 0 || types.includes(c.type)).at(-1);

/** Presses Run and lets the worker answer as far as cycle 6. */
function run(lab: ScriptedLab, changes: Partial<RunRecord> = {}): string {
  press("Run");
  const { runId } = last(lab, "start") as { runId: string };
  say(
    lab,
    { type: "run", run: runRecord({ id: runId, ...changes }) },
    { type: "metrics", runId, rows: [0, 1, 2, 3, 4, 5, 6].map((c) => cycleRow(c)) },
    { type: "metrics", runId, rows: Array.from({ length: 30 }, (_, i) => updateRow(i)) },
    ...[0, 1, 2, 3, 4, 5, 6].map((c): TrainEvent => ({ type: "answers", runId, answers: answersOf(c) })),
    { type: "progress", runId, progress: PROGRESS },
  );
  return runId;
}

describe("from first sight to a finished run", () => {
  test("Run waits for the model, then starts the first preset on the archive", async () => {
    const lab = await open();
    expect(button("Loading the model…")).toHaveProperty("disabled", true);
    say(lab, { type: "opened", info: ENGINE });
    expect(button("Run")).toHaveProperty("disabled", false);
    press("Run");
    expect(last(lab)).toMatchObject({
      type: "start",
      name: "RLAG with explanations",
      step: false,
      config: configOf({ answers: "response" }),
    });
    expect(button("Preparing…")).toHaveProperty("disabled", true);
  });

  test("the run shows itself: lines with labels, the sentence, the phase, a dash for a speed nobody measured", async () => {
    const lab = await openReady();
    run(lab);
    const plot = screen.getByRole("img", { name: /won back 75 % of the gap/ });
    expect(plot.textContent).toContain("open book 100 %");
    expect(plot.textContent).toContain("closed book 77 %");
    expect(plot.textContent).toContain("chance 20 %");
    expect(plot.textContent).toContain("common answers 27 %");
    expect(plot.textContent).toContain("option found in the passages 62 %");
    const progress = screen.getByText(/learning from what earned a reward, update 11 of 16/);
    expect(progress.parentElement!.textContent).toContain("Cycle 7 of 8");
    expect(progress.parentElement!.textContent).toContain("1 m 10 s left · tokens/s —");
    expect(screen.getByText("Learn").closest("li")!.getAttribute("aria-current")).toBe("step");
  });

  test("a run stored before common answers were counted has no line for them, and a dash in the table", async () => {
    const lab = await openReady();
    const baselines = { chance: 0.2, longest_option: 0.24, string_in_context: 0.62 };
    say(lab, { type: "run", run: runRecord({ id: run(lab), baselines }) });
    const plot = screen.getByRole("img", { name: /won back 75 % of the gap/ });
    expect(plot.textContent).toContain("chance 20 %");
    expect(plot.textContent).not.toContain("common answers");
    expect(screen.getByText(/^Answers without knowing/).textContent).toContain("common answers —,");
  });

  test("explanations are another pair of lines, without the baselines of options", async () => {
    run(await openReady());
    act(() => fireEvent.click(screen.getByRole("radio", { name: "Explanations" })));
    const plot = screen.getByRole("img", { name: /explanation given without looking earns 0.34/ });
    expect(plot.textContent).toContain("closed book 0.34");
    expect(plot.textContent).not.toContain("chance");
  });

  test("still reads elsewhere is a line on request, in either measure, and never without numbers", async () => {
    run(await openReady());
    const plot = () => screen.getByRole("img", { name: /won back|earns/ }).textContent;
    expect(plot()).not.toContain("reads elsewhere");
    act(() => fireEvent.click(screen.getByRole("checkbox", { name: "still reads elsewhere" })));
    expect(plot()).toContain("reads elsewhere 79 %"); // of cycle 4, the last that tested it
    expect(screen.getByText(/^Kept:/).textContent).toContain("an archive it never saw (79 %, 87 % before)");
    act(() => fireEvent.click(screen.getByRole("radio", { name: "Explanations" })));
    expect(plot()).toContain("reads elsewhere 0.59");
    expect(screen.getByText(/Lost in part/).textContent).toContain("(0.59, 0.71 before)");
    act(() => useRunStore.setState({ cycles: [1, 2, 3].map((c) => cycleRow(c)) }));
    expect(screen.queryByRole("checkbox", { name: "still reads elsewhere" })).toBeNull();
  });

  test("what the tests say besides has small charts and columns", async () => {
    run(await openReady());
    expect(screen.getByRole("img", { name: /^own words, closed: now 31 %/ })).toBeTruthy();
    expect(screen.getByRole("img", { name: /^lead when right: now 1.20/ })).toBeTruthy();
    const table = screen.getByRole("region", { name: "Results by cycle", hidden: true });
    expect(table.textContent).toContain("two facts joined");
    expect(table.textContent).toContain("16 % (3 % to 51 %) of 8");
  });

  test("every question, cycle by cycle: walked by keys, Enter opens it in the inspector", async () => {
    run(await openReady());
    const details = screen.getByText("Every question, cycle by cycle").closest("details")!;
    act(() => {
      details.open = true;
      details.dispatchEvent(new Event("toggle"));
    });
    const walk = await screen.findByRole("slider", { name: /^Held-out questions, RLAG/ });
    fireEvent.keyDown(walk, { key: "ArrowUp" }); // to the start
    fireEvent.keyDown(walk, { key: "PageDown" });
    const told = details.querySelector("[aria-live]")!.textContent!;
    const place = Number(/person (\d+)/.exec(told)![1]);
    expect(told).toMatch(/cycle 6: closed Thornmoor, open .* · known from the start/);
    fireEvent.keyDown(walk, { key: "Enter" });
    expect(screen.getByRole("heading", { name: `Question ${place} of 124` })).toBeTruthy();
    const table = screen.getByRole("region", { name: "Every question by cycle", hidden: true });
    expect(within(table).getAllByRole("row", { hidden: true })).toHaveLength(125);
  });

  test("the table twin has every cycle and its interval", async () => {
    run(await openReady());
    const rows = within(screen.getByRole("region", { name: "Results by cycle", hidden: true })).getAllByRole(
      "row",
      { hidden: true },
    );
    expect(rows).toHaveLength(8);
    expect(rows[1]!.textContent).toContain("18 % (12 % to 26 %)");
    expect(rows[2]!.textContent).toContain("—"); // cycle 1 had no explanations tested
  });

  test("pause, resume and stop speak of this run; the status follows the worker, not the click", async () => {
    const lab = await openReady();
    const runId = run(lab);
    press("Pause");
    expect(last(lab, "pause")).toEqual({ type: "pause", runId });
    expect(button("Pause")).toBeTruthy(); // nothing has happened yet
    say(lab, { type: "run", run: runRecord({ id: runId, status: "paused" }) });
    press("Resume");
    expect(last(lab, "resume")).toEqual({ type: "resume", runId, step: false });
    press("Stop and keep");
    expect(last(lab, "stop")).toEqual({ type: "stop", runId });
  });

  test("Step starts a run that stops at once, and goes one further when it is paused", async () => {
    const lab = await openReady();
    press("Step");
    const start = last(lab, "start") as { runId: string };
    expect(start).toMatchObject({ type: "start", step: true });
    say(lab, { type: "run", run: runRecord({ id: start.runId, status: "paused" }) });
    press("Step");
    expect(last(lab, "step")).toEqual({ type: "step", runId: start.runId });
  });

  test("finished: what it came to, the adapter, what to try next", async () => {
    const lab = await openReady();
    const runId = run(lab);
    say(lab, { type: "run", run: runRecord({ id: runId, status: "finished", cycle: 8 }) });
    expect(button("New run")).toBeTruthy();
    expect(button("Download the adapter for PEFT")).toBeTruthy();
    press("Run plain fine-tuning (SFT)");
    expect(last(lab, "start")).toMatchObject({ config: { objective: "sft" } });
  });

  test("the adapter is asked of the worker in the form one wants, and offered as a file", async () => {
    const lab = await openReady();
    const runId = run(lab);
    const offered = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:x");
    const saved = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {}); // happy-dom would go there
    press("Download the adapter for PEFT");
    await waitFor(() => expect(offered).toHaveBeenCalled());
    expect(last(lab, "export")).toMatchObject({ runId, format: "peft" });
    const zip = new Uint8Array(await (offered.mock.calls[0]![0] as Blob).arrayBuffer());
    expect([...zip.slice(0, 4)]).toEqual([0x50, 0x4b, 3, 4]);
    await screen.findByText(/adapter_config\.json/);
    expect(saved).toHaveBeenCalledOnce();
    press("Download the adapter for llama.cpp");
    await waitFor(() => expect(offered).toHaveBeenCalledTimes(2));
    expect(last(lab, "export")).toMatchObject({ runId, format: "gguf" });
    expect((saved.mock.contexts[1] as HTMLAnchorElement).download).toMatch(/\.gguf$/);
    expect(await (offered.mock.calls[1]![0] as Blob).text()).toBe("{}"); // the file itself
  });
});

describe("keys", () => {
  test("Space runs and pauses, an arrow steps, and neither while a control wants them", async () => {
    const lab = await openReady();
    key(" ", button("Step")); // the button's own business
    key(" ", screen.getByRole("textbox", { name: "Your question" }));
    expect(last(lab, "start")).toBeUndefined();
    key(" ");
    const { runId } = last(lab, "start") as { runId: string };
    say(lab, { type: "run", run: runRecord({ id: runId, status: "running" }) });
    key(" ");
    expect(last(lab, "pause")).toEqual({ type: "pause", runId });
    say(lab, { type: "run", run: runRecord({ id: runId, status: "paused" }) });
    key("ArrowRight", screen.getByRole("slider", { name: "Question" }));
    expect(last(lab, "step")).toBeUndefined();
    key("ArrowRight");
    expect(last(lab, "step")).toEqual({ type: "step", runId });
  });

  test("elsewhere than in the lab Space does nothing", async () => {
    const lab = await openReady();
    location.hash = "#/how";
    await screen.findByRole("heading", { name: "How it works" }, { timeout: 4000 });
    key(" ");
    expect(last(lab, "start")).toBeUndefined();
  });

  test("? lists the keys, e changes the measure, t the theme", async () => {
    await openReady();
    key("?");
    expect(await screen.findByRole("heading", { name: "Keys" })).toBeTruthy();
    act(() => useViewStore.setState({ dialog: null }));
    key("e");
    expect(useViewStore.getState().measure).toBe("explanations");
    key("t");
    expect(document.documentElement.dataset.theme).toBe("light");
    key("t");
    expect(document.documentElement.dataset.theme).toBe("dark");
    key("t");
    expect(document.documentElement.dataset.theme).toBeUndefined();
  });
});

describe("one question", () => {
  test("it is asked of the worker and shown from passages to reward", async () => {
    act(() => lookAt("test", 16));
    const lab = await openReady();
    await screen.findByText("Brem Coprea was born in Naithford.", { exact: false }).catch(() => null);
    await waitFor(() => expect(last(lab, "inspect")).toMatchObject({ runId: null, set: "test", index: 16 }));
    expect(screen.getByRole("heading", { name: "Where was Brem Coprea born?" })).toBeTruthy();
    const passages = await screen.findByRole("list", { name: /Passages found/ });
    expect(passages.querySelector("mark")!.textContent).toBe("The birthplace of Brem Coprea is Thornmoor.");
    expect(screen.getByLabelText("Reward of the open-book answer").textContent).toContain(
      "accuracy 1 × rationality 0.92 = reward 0.92",
    );
    expect(screen.getByTitle("p = 25 %, log p = −1.39").textContent).toBe("Thorn");
  });

  test("arrows walk, and do not step the run", async () => {
    const lab = await openReady();
    const next = button("Next question");
    key("ArrowRight", next);
    key("ArrowRight", next);
    key("ArrowLeft", next);
    expect(useViewStore.getState().index).toBe(1);
    expect(screen.getByText("Question 2 of 124")).toBeTruthy();
    expect(last(lab, "start", "step")).toBeUndefined();
    key("ArrowLeft", next);
    key("ArrowLeft", next);
    expect(useViewStore.getState().index).toBe(0); // not below the first
  });

  test("a flip says since when; the slider tells right from wrong", async () => {
    act(() => lookAt("test", 16));
    run(await openReady());
    expect(screen.getByText("by the option it prefers: learned since cycle 3")).toBeTruthy();
    expect(screen.getByRole("slider", { name: "Question" }).getAttribute("aria-valuetext")).toBe(
      "Question 17 of 124, right open, right closed",
    );
  });

  test("a very long question is cut, and opens", async () => {
    const long = "Considering everything that is said about the valley, ".repeat(20);
    const test = QUESTIONS.map((q) => ({ ...q, question: long }));
    await openReady(scriptedLab({ corpus: { ...CORPUS, test } }));
    expect(screen.getByRole("heading", { name: /^Considering.*…$/ }).textContent!.length).toBeLessThan(300);
    press(/Show all/);
    expect(screen.getByRole("heading", { name: /^Considering/ }).textContent).toBe(long);
  });

  test("a question of one's own is answered both ways, with the adapter as chosen", async () => {
    const lab = await openReady();
    const runId = run(lab);
    fireEvent.change(screen.getByRole("textbox", { name: "Your question" }), {
      target: { value: "Who taught Brem Coprea?" },
    });
    choose("Adapter", "none");
    press("Ask");
    expect(last(lab, "ask")).toMatchObject({
      runId,
      question: "Who taught Brem Coprea?",
      adapter: null,
      explain: true,
    });
    expect(await screen.findByText("The answer is Naithford.")).toBeTruthy();
    expect(screen.getByText("Who taught Brem Coprea? · no adapter")).toBeTruthy();
  });

  test("before anything is learned there is no adapter to ask; one can be loaded, weakened and removed", async () => {
    const lab = await openReady();
    fireEvent.change(screen.getByRole("textbox", { name: "Your question" }), { target: { value: "Who?" } });
    press("Ask");
    expect(last(lab, "ask")).toMatchObject({ adapter: null });
    await screen.findByText("Who? · no adapter");

    const files = ["adapter_config.json", "adapter_model.safetensors"].map((name) => new File(["{}"], name));
    act(() => void fireEvent.change(screen.getByLabelText("load another"), { target: { files } }));
    await screen.findByRole("option", { name: "adapter 1" });
    expect(last(lab, "loadAdapter")).toMatchObject({ name: "adapter 1", files });
    choose("Strength of the adapter", "50");
    press("Ask");
    expect(last(lab, "ask")).toMatchObject({ adapter: { name: "adapter 1", scale: 0.5 } });
    await screen.findByText("Who? · adapter 1 at 50 %");
    press("remove");
    await waitFor(() => expect(screen.queryByRole("option", { name: "adapter 1" })).toBeNull());
    expect(last(lab, "unloadAdapter")).toMatchObject({ name: "adapter 1" });
    expect(screen.queryByRole("slider", { name: "Strength of the adapter" })).toBeNull();
  });

  test("a model that can think aloud does so when asked, and what it thought is shown apart", async () => {
    const lab = await openReady();
    const question = { target: { value: "Who taught Brem Coprea?" } };
    expect(screen.queryByRole("checkbox", { name: "think first" })).toBeNull();
    say(lab, { type: "opened", info: { ...ENGINE, canThink: true } });
    fireEvent.change(screen.getByRole("textbox", { name: "Your question" }), question);
    press("Ask");
    expect(last(lab, "ask")).toMatchObject({ thinking: false });
    await screen.findByText("The answer is Naithford.");
    act(() => fireEvent.click(screen.getByRole("checkbox", { name: "think first" })));
    press("Ask");
    expect(last(lab, "ask")).toMatchObject({ thinking: true });
    expect(await screen.findByText("Brem Coprea lived in Naithford.")).toBeTruthy();
  });
});

describe("settings", () => {
  test("a wrong value is refused next to its field, and Run opens the settings instead of starting", async () => {
    const lab = await openReady();
    press("settings");
    const field = await screen.findByRole("textbox", { name: /Rank/ });
    fireEvent.change(field, { target: { value: "many" } });
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByText('Must be an integer ≥ 1, got "many"').id).toBe(
      field.getAttribute("aria-describedby")!.split(" ")[0],
    );
    act(() => useViewStore.setState({ dialog: null }));
    press("Run");
    expect(last(lab, "start")).toBeUndefined();
    expect(useViewStore.getState().dialog).toBe("settings");
  });

  test("a moved field carries a mark and a way back", async () => {
    await openReady();
    press("settings");
    fireEvent.change(await screen.findByRole("textbox", { name: /^Cycles/ }), { target: { value: "3" } });
    expect(useDraftStore.getState().changes).toEqual({ cycles: 3 });
    press("Reset Cycles");
    expect(useDraftStore.getState().changes).toEqual({});
  });

  test("what was chosen for a model says so with its reason, and can be changed", async () => {
    await openReady();
    act(() => useDraftStore.setState({ model: CATALOG[1]!.model }));
    press("settings");
    const rate = (await screen.findByRole("textbox", { name: /^Learning rate(?! of)/ })).closest(".setting")!;
    expect(rate.textContent).toContain(
      "Chosen for SmolLM2-135M-Instruct: 0.002. SmolLM2-135M learned eight questions",
    );
    const words = screen.getByRole("textbox", { name: /Instruction, explanations/ }) as HTMLTextAreaElement;
    expect(words.value).toBe(COMMON_WORDS.prompt_explain);
    fireEvent.change(words, { target: { value: "Say why." } });
    expect(useDraftStore.getState().changes).toEqual({ prompt_explain: "Say why." });
    fireEvent.change(words, { target: { value: "" } });
    expect(words.getAttribute("aria-invalid")).toBe("true");
  });

  test("a setting that the objective does not look at says so", async () => {
    await openReady();
    act(() => useDraftStore.setState({ changes: { objective: "sft" } }));
    press(/^settings/);
    const teacher = (await screen.findByRole("combobox", { name: /Teacher/ })).closest(".setting")!;
    expect(teacher.textContent).toContain("SFT does not read it.");
  });

  test("a run under way keeps its own settings on screen, whatever the draft says", async () => {
    run(await openReady());
    act(() => useDraftStore.setState({ changes: { r: 4 } }));
    expect(screen.getByText(/LoRA rank 16 · 8 cycles/)).toBeTruthy();
    expect(screen.queryByText(/LoRA rank 4/)).toBeNull();
  });
});

describe("when it is not plain sailing", () => {
  test("an error says what happened, what is safe, what next", async () => {
    const lab = await openReady();
    const runId = run(lab);
    const error = { code: "device-lost", message: "The driver was reset.", stack: null } as const;
    const failed = runRecord({ id: runId, status: "failed" });
    say(lab, { type: "run", run: failed }, { type: "failed", runId, error });
    const words = screen.getByRole("alert").textContent!;
    const order = ["The GPU went away", "The driver was reset.", "stored up to cycle 6", "Press Resume"].map(
      (w) => words.indexOf(w),
    );
    expect(order.every((at, i) => at > (order[i - 1] ?? -1))).toBe(true);
    expect(button("Resume")).toHaveProperty("disabled", false);
  });

  test("without WebGPU: what to do, no Run button, the open book still works", async () => {
    Object.defineProperty(window, "isSecureContext", { value: true, configurable: true });
    await open(scriptedLab({ webGpu: false }));
    expect(screen.getByRole("heading", { name: "Training needs WebGPU" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Run" })).toBeNull();
    expect(screen.queryByText(/Press Run/)).toBeNull();
    expect(await screen.findByRole("list", { name: /Passages found/ })).toBeTruthy();
  });

  test("WebGPU without a GPU gets the same page, with the browser's reason", async () => {
    const lab = await open();
    const error = { code: "no-adapter", message: "the GPU is on a block list", stack: null } as const;
    say(lab, { type: "failed", runId: null, error });
    expect(screen.getByText(/gave no GPU to use: the GPU is on a block list/)).toBeTruthy();
    expect(screen.queryByRole("button", { name: /Loading the model/ })).toBeNull();
    expect(screen.getByText("no GPU: reading and replay only", { exact: false })).toBeTruthy();
  });

  test("another tab trains: this one follows what is stored, and takes over when told", async () => {
    const lab = await openReady();
    lab.stored.set("other", {
      run: runRecord({ id: "other" }),
      rows: [cycleRow(0), cycleRow(1)],
      answers: [],
    });
    lab.runs.trains = async () => "other";
    say(lab, { type: "locked", runId: "other" });
    await screen.findByRole("img", { name: /After one cycle/ });
    expect(button("Training in another tab")).toHaveProperty("disabled", true);
    press("It is closed: train here");
    press("Resume");
    expect(last(lab, "resume")).toEqual({ type: "resume", runId: "other", step: false });
  });

  test("what another tab's worker says is shown as it comes; a tab that is gone leaves the run as it is stored", async () => {
    const lab = await openReady();
    const there = new BroadcastChannel("closed-book");
    const here = openOtherTabs(lab.runs);
    const run = runRecord({ id: "other", status: "running" });
    lab.stored.set("other", { run, rows: [cycleRow(0)], answers: [] });
    lab.runs.trains = async () => "other";
    const say = (event: TrainEvent) => act(async () => there.postMessage({ about: "event", event }));
    await say({ type: "run", run });
    await screen.findByText("Another tab is training.");
    await say({ type: "metrics", runId: "other", rows: [cycleRow(1), cycleRow(2)] });
    await screen.findByRole("img", { name: /After two cycles/ });
    expect(useRunStore.getState()).toMatchObject({ live: false, runId: "other" });
    lab.runs.trains = async () => undefined; // killed without a word
    await screen.findByText("Interrupted.", {}, { timeout: 4000 });
    await say({ type: "run", run: { ...run, status: "finished" } });
    there.close();
    here.close();
  });

  test("after a reload a run is there as stored, and resumes", async () => {
    const lab = scriptedLab();
    lab.stored.set("run-1", { run: runRecord(), rows: [cycleRow(0), cycleRow(1)], answers: [answersOf(1)] });
    await openReady(lab);
    await act(() => openStoredRun(lab, "run-1"));
    expect(screen.getByText("Interrupted.").parentElement!.textContent).toContain("cycle 6");
    press("Resume");
    expect(last(lab, "resume")).toEqual({ type: "resume", runId: "run-1", step: false });
  });

  test("a software GPU is called that", async () => {
    const lab = await open();
    say(lab, { type: "opened", info: { ...ENGINE, isFallbackAdapter: true } });
    expect(screen.getByText("This is a software GPU.")).toBeTruthy();
  });

  test("no questions: Run says so, and the way to some is named", async () => {
    await openReady(scriptedLab({ corpus: { ...CORPUS, train: [], test: [], twohop: [] } }));
    expect(button("No questions yet")).toHaveProperty("disabled", true);
    expect(screen.getByRole("link", { name: "Add them" }).getAttribute("href")).toBe("#/knowledge");
  });

  test("documents that cannot be loaded are an error where the knowledge stands", async () => {
    const lab = scriptedLab();
    lab.corpora.load = async () => {
      throw new Error("documents.json is not valid JSON");
    };
    await openReady(lab);
    expect(screen.getByText("documents.json is not valid JSON")).toBeTruthy();
    expect(useCorpusStore.getState().current).toBeNull();
  });
});

describe("a recording before the first run", () => {
  const recording: RunFile = {
    ...factsOf(runRecord({ config: configOf({ answers: "response" }), gpuAdapter: "nvidia h200" })),
    date: "2026-11-23",
    note: "on the archive’s first edition",
    rows: [0, 1, 2].map((c) => cycleRow(c)),
    answers: [0, 1, 2].map(answersOf),
    questions: null,
    adapter: null,
  };
  beforeEach(async () => {
    const packed = await writeRunFile(recording);
    vi.mocked(fetch).mockImplementation(async (url) =>
      String(url).endsWith("index.json") ? Response.json(["a.closedbook"]) : new Response(packed),
    );
    vi.spyOn(window, "matchMedia").mockReturnValue({ matches: true } as MediaQueryList); // reduced motion
  });

  test("it is marked as one, stands still for those who want that, and scrubs", async () => {
    await openReady();
    const line = (await screen.findByText("A recorded run")).parentElement!.textContent;
    expect(line).toContain("nvidia h200");
    expect(line).toContain("on the archive’s first edition");
    expect(await screen.findByRole("img", { name: /After two cycles/ })).toBeTruthy();
    fireEvent.change(screen.getByRole("slider", { name: "Cycle of the recording" }), {
      target: { value: "0" },
    });
    expect(screen.getByRole("img", { name: /Before training/ })).toBeTruthy();
  });

  test("it gives way to a run", async () => {
    const lab = await openReady();
    await screen.findByText("A recorded run");
    run(lab);
    expect(screen.queryByText("A recorded run")).toBeNull();
  });
});

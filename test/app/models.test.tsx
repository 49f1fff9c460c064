/** The Models dialog on scripted workers: looked up, confirmed, fetched, cancelled, resumed, used, deleted, dropped. */
import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { App } from "../../src/app/App.tsx";
import { sortModelFiles } from "../../src/app/droppedModel.ts";
import { bytes } from "../../src/app/format.ts";
import { LabContext } from "../../src/app/lab.ts";
import "../../src/app/panels/models/ModelsDialog.tsx"; // lazy on the page; here nobody should wait for it
import { trainingMemory } from "../../src/app/memory.ts";
import { ModelFacts } from "../../src/app/panels/models/ModelFacts.tsx";
import { openCorpus } from "../../src/app/stores/corpusStore.ts";
import { checkDraft, useDraftStore } from "../../src/app/stores/draftStore.ts";
import { useModelStore } from "../../src/app/stores/modelStore.ts";
import { closeRun, expectRun, useRunStore } from "../../src/app/stores/runStore.ts";
import { openDialog, useViewStore } from "../../src/app/stores/viewStore.ts";
import { openModelsClient, type WorkerLike } from "../../src/app/workers.ts";
import { CATALOG, ENCODERS } from "../../src/core/catalog.ts";
import { LabError } from "../../src/core/errors.ts";
import type { ModelRequests } from "../../src/core/messages.ts";
import { storedModelId } from "../../src/core/models.ts";
import type { Answer, Call } from "../../src/core/requests.ts";
import { type ScriptedLab, scriptedLab } from "./helpers/scriptedLab.ts";
import { planOf, storedOf } from "./helpers/scriptedModels.ts";
import { runRecord } from "./helpers/story.ts";

const SMALL = CATALOG[1]!;
const ID = storedModelId(SMALL.model)!;

beforeEach(() => {
  location.hash = "";
  localStorage.clear();
  closeRun();
  useRunStore.setState({ engine: null, prepared: false, elsewhere: null });
  useDraftStore.setState({
    presetId: "rlag-options",
    changes: {},
    corpus: "data/archive",
    model: "models/pocket",
    embedder: "models/embedder-static",
    nli: null,
  });
  useModelStore.setState({ models: null, space: null, downloads: {}, faults: {}, hub: "http://hub" });
  useViewStore.setState({ dialog: null, lastRunId: null });
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
  act(() => openDialog("models"));
  await screen.findByText(SMALL.name, { selector: ".model b" }, { timeout: 4000 });
  await waitFor(() => row(SMALL.name).getAllByRole("button")); // a dialog's parts are there before it is opened
  return lab;
}

const row = (name: string) => within(screen.getByText(name, { selector: ".model b" }).closest("li")!);
const press = (name: string, what: string | RegExp) =>
  act(async () => void fireEvent.click(row(name).getByRole("button", { name: what })));

describe("a model of the list", () => {
  test("is asked about, confirmed with its size and licence, fetched and used", async () => {
    const lab = await open();
    const plan = vi.spyOn(lab.models, "plan");
    await press(SMALL.name, /^Download/);
    expect(plan.mock.lastCall![0]).toEqual({ source: ID, hub: "http://hub" });
    expect(row(SMALL.name).getByText(/from hub, licence apache-2.0; checked by its SHA-256/)).toBeTruthy();
    await press(SMALL.name, "Download 144.8 MB");
    act(() => lab.models.say(ID, { done: 63e6, bytesPerSecond: 5.2e6, secondsLeft: 16 }));
    expect(row(SMALL.name).getByText("63.0 MB of 144.8 MB · 5.2 MB/s, 16 s left")).toBeTruthy();
    await act(async () => lab.models.finish(ID));
    await row(SMALL.name).findByRole("button", { name: /^Use/ });
    await press(SMALL.name, /^Use/);
    expect(useDraftStore.getState().model).toBe(SMALL.model);
    expect(lab.sent.slice(-2).map((command) => command.type)).toEqual(["open", "prepare"]);
    expect(lab.sent.at(-2)).toMatchObject({ model: SMALL.model });
    expect(row(SMALL.name).getByText("In use")).toBeTruthy();
  });

  test("cancelled, what came is kept; it resumes without being asked again", async () => {
    const lab = await open();
    await press(SMALL.name, /^Download/);
    await press(SMALL.name, /^Download 144/);
    await press(SMALL.name, /^Cancel/);
    await waitFor(() => row(SMALL.name).getByText(/57.9 MB of 144.8 MB here/));
    const download = vi.spyOn(lab.models, "download");
    await press(SMALL.name, /^Resume/);
    expect(download).toHaveBeenCalledTimes(1);
  });

  test("a download that fails says why, beside its model", async () => {
    const lab = await open();
    await press(SMALL.name, /^Download/);
    await press(SMALL.name, /^Download 144/);
    await act(async () => lab.models.fail(ID, new LabError("quota-exceeded", "needs 145 MB, has 3 MB")));
    expect((await row(SMALL.name).findByRole("alert")).textContent).toBe("needs 145 MB, has 3 MB");
  });

  test("deleting asks first, and says how much", async () => {
    const lab = scriptedLab();
    lab.models.stored.set(ID, storedOf(planOf(ID)));
    await open(lab);
    await waitFor(() => row(SMALL.name).getByRole("button", { name: /^Delete/ }));
    await press(SMALL.name, /^Delete/);
    expect(lab.models.stored.size).toBe(1);
    await press(SMALL.name, /^Delete 144.8 MB\?/);
    expect(lab.models.stored.size).toBe(0);
  });

  test("says what it needs to learn; what nobody worked out is a dash", async () => {
    await open();
    const need = (tokens: number) => bytes(trainingMemory(SMALL, tokens));
    expect(need(512)).toMatch(/^\d+\.\d MB$/);
    expect(
      row(SMALL.name).getByText(new RegExp(`512 tokens: ${need(512)} · 1,024 tokens: ${need(1024)}`)),
    ).toBeTruthy();
    cleanup();
    render(<ModelFacts entry={{ ...SMALL, model: "stored:somebody/else" }} stored={null} />);
    expect(screen.getByText(/512 tokens: — · 1,024 tokens: —/)).toBeTruthy();
  });

  test("while a run is under way the model stays", async () => {
    const lab = scriptedLab();
    lab.models.stored.set(ID, storedOf(planOf(ID)));
    expectRun("run-1");
    lab.say({ type: "run", run: runRecord({ status: "running" }) });
    await open(lab);
    await waitFor(() => row(SMALL.name).getByRole("button", { name: /^Use/ }));
    expect(row(SMALL.name).getByRole<HTMLButtonElement>("button", { name: /^Use/ }).disabled).toBe(true);
  });
});

describe("encoders", () => {
  const [, MINILM] = ENCODERS;
  const NLI = ENCODERS.find(({ kind }) => kind === "nli")!;
  const encoderPlan = (model: string, ...beside: string[]) =>
    planOf(storedModelId(model)!, {
      files: ["model.onnx", "tokenizer.json", "config.json", ...beside].map((name) => ({
        name,
        url: `http://hub/${name}`,
        size: 1e6,
        sha256: null,
      })),
    });

  test("another embedder is fetched by its graph's name, used, and the documents are indexed anew", async () => {
    const lab = await open();
    const plan = vi
      .spyOn(lab.models, "plan")
      .mockResolvedValue(encoderPlan(MINILM!.model, "1_Pooling/config.json"));
    const index = vi.spyOn(lab.retrieval, "index");
    expect(row("Static").getByText("In use")).toBeTruthy();
    expect(row(MINILM!.name).getByText("vectors of 384 numbers · 90.4 MB · Apache-2.0")).toBeTruthy();
    await press(MINILM!.name, /^Download/);
    expect(plan.mock.lastCall![0]).toEqual({
      source: "sentence-transformers/all-MiniLM-L6-v2/onnx/model.onnx",
      hub: "http://hub",
    });
    await press(MINILM!.name, "Download 4.0 MB");
    await act(async () => lab.models.finish(storedModelId(MINILM!.model)!));
    await press(MINILM!.name, /^Use/);
    expect(index.mock.calls.map(([request]) => request.embedder)).toEqual([MINILM!.model]);
    expect(checkDraft(useDraftStore.getState()).config?.embedder).toBe(MINILM!.model);
    await press("Static", /^Use/);
    expect(index.mock.calls.at(-1)![0].embedder).toMatch(/^http.*\/models\/embedder-static$/);
  });

  test("entailment counts in the next run's reward when its model is stored and chosen, until it is not", async () => {
    const lab = scriptedLab();
    lab.models.stored.set(storedModelId(NLI.model)!, storedOf(encoderPlan(NLI.model)));
    const own = "stored:me/judge/model.onnx";
    lab.models.stored.set(storedModelId(own)!, storedOf(encoderPlan(own)));
    await open(lab);
    await waitFor(() => row(NLI.name).getByRole("button", { name: /^Use/ }));
    const nli = () => checkDraft(useDraftStore.getState()).config?.nli;
    expect(nli()).toBeNull();
    await press("judge", /^Use/); // not of the list: told by its files
    expect(nli()).toBe(own);
    await press(NLI.name, /^Use/);
    expect(nli()).toBe(NLI.model);
    expect(screen.getByText(/entailment in the reward/)).toBeTruthy();
    await press(NLI.name, /^Do without/);
    expect(nli()).toBeNull();
    expect(useDraftStore.getState().model).toBe("models/pocket");
  });
});

describe("a model of one's own", () => {
  const look = async (source: string) => {
    fireEvent.change(screen.getByLabelText("Repository or URL"), { target: { value: source } });
    await act(async () => void fireEvent.click(screen.getByRole("button", { name: "Look up" })));
  };

  test("by name, with a choice of files", async () => {
    const lab = await open();
    const choices = ["a-Q8_0.gguf", "a-Q4_0.gguf"].map((name, i) => ({
      name,
      url: `http://hub/${name}`,
      size: (2 - i) * 1e8,
      sha256: null,
    }));
    vi.spyOn(lab.models, "plan").mockResolvedValue(
      planOf("me/a-GGUF", { files: [], choices, licence: null, gated: true }),
    );
    const download = vi.spyOn(lab.models, "download");
    await look("me/a-GGUF");
    expect(screen.getByText(/licence not stated; no SHA-256 is published/)).toBeTruthy();
    expect(screen.getByText(/wants you to agree to terms/)).toBeTruthy();
    fireEvent.change(screen.getByLabelText("File"), { target: { value: "a-Q4_0.gguf" } });
    await act(async () => void fireEvent.click(screen.getByRole("button", { name: "Download 100.0 MB" })));
    expect(download.mock.calls[0]![0].plan).toMatchObject({ id: "me/a-GGUF/a-Q4_0.gguf" });
    await act(async () => lab.models.finish("me/a-GGUF/a-Q4_0.gguf"));
    expect(await row("a-Q4_0").findByRole("button", { name: /^Use/ })).toBeTruthy();
  });

  test("a name nobody knows is said beside the field", async () => {
    await open();
    await look("no/body");
    expect((await screen.findByRole("alert")).textContent).toMatch(/no public repository no\/body/);
  });

  test("dropped files get a name of their own; what does not belong to a model stays out", () => {
    const file = (name: string) => new File(["x"], name);
    const gguf = file("a.gguf");
    expect(sortModelFiles([gguf], null, ["a.gguf", "a.gguf 2"])).toEqual({ name: "a.gguf 3", files: [gguf] });
    const folder = ["config.json", "model.safetensors", "tokenizer.json"].map(file);
    expect(sortModelFiles([...folder, file("README.md")], "mine", [])).toEqual({
      name: "mine",
      files: folder,
    });
    const stray = file("letter.txt");
    expect(sortModelFiles([stray], null, [])).toEqual({ name: "dropped model", files: [stray] });
  });
});

test("the worker starts when it is needed; its answers find who asked", async () => {
  const sent: Call<ModelRequests>[] = [];
  let hear: (event: { data: Answer }) => void = () => {};
  const start = vi.fn(
    (): WorkerLike => ({
      postMessage: (call) => sent.push(call as Call<ModelRequests>),
      addEventListener(type: string, listener: (event: never) => void) {
        if (type === "message") hear = listener as typeof hear;
      },
    }),
  );
  const client = openModelsClient(start);
  expect(start).not.toHaveBeenCalled();
  const plan = planOf("a/b");
  const seen: number[] = [];
  const fetched = client.ask("download", { plan }, { onProgress: ({ done }) => seen.push(done) });
  const listed = client.ask("list", null);
  const refused = client.ask("plan", { source: "x", hub: "http://hub" });
  const nothing = { file: "f", of: null, bytesPerSecond: null, secondsLeft: null, note: null };
  hear({ data: { requestId: 1, progress: { ...nothing, done: 7 } } });
  hear({ data: { requestId: 2, reply: [] } });
  hear({ data: { requestId: 3, error: { code: "not-found", message: "no", stack: null } } });
  hear({ data: { requestId: 1, reply: storedOf(plan) } });
  expect(await listed).toEqual([]);
  expect(await fetched).toMatchObject({ id: "a/b", whole: true });
  await expect(refused).rejects.toThrow(expect.objectContaining({ code: "not-found" }));
  expect(seen).toEqual([7]);
  void client.ask("cancel", { id: "a/b" });
  expect(sent.at(-1)).toMatchObject({ name: "cancel", ask: { id: "a/b" } });
  expect(start).toHaveBeenCalledTimes(1);
});

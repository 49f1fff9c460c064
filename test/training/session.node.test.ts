/** The train worker's session on a real GPU and a real database: pause, reload, device lost, full disk, bad files. */
import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { parseRunConfig, type RunConfig } from "../../src/core/config.ts";
import { fromUrl, ofBytes } from "../../src/core/files.ts";
import type { AdapterFormat, AdapterUse } from "../../src/core/messages.ts";
import type { MetricRow } from "../../src/core/run.ts";
import { readCorpusFiles } from "../../src/documents/corpus.ts";
import { nodeGpu } from "../../src/lab/nodeGpu.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { toFloat32 } from "../../src/model/tensor.ts";
import { loadCheckpoint } from "../../src/storage/checkpoints.ts";
import { type LabDb, openLabDb } from "../../src/storage/db.ts";
import { readRows } from "../../src/storage/rows.ts";
import { getRun } from "../../src/storage/runs.ts";
import { folder } from "../helpers/fixtures.ts";
import { freshIndexedDb } from "../helpers/labDb.ts";
import { openTab, type Tab } from "../helpers/sessions.ts";
import { type Changes, type Host, serve } from "../helpers/site.ts";

const DATA = "data/small";
const SETS = ["documents", "train", "test", "twohop"] as const;
const CONFIG = parseRunConfig({
  data: DATA,
  answers: "options",
  cycles: 2,
  updates: 2,
  batch_size: 2,
  questions: 4,
  explain_every: 0,
});

freshIndexedDb();
const small: Changes = {};
const devices: GPUDevice[] = []; // that sessions opened, newest last
let site: Host;
let db: LabDb;
let tabs: Tab[];

beforeAll(async () => {
  for (const name of SETS) {
    small[`${DATA}/${name}.json`] = await readFile(`${folder("FIXTURES")}/small-archive/${name}.json`);
  }
  site = await serve(folder("PUBLIC"), "/", small);
});
afterAll(() => site.close());
beforeEach(async () => {
  const gpu = await nodeGpu();
  vi.stubGlobal("navigator", { gpu: { requestAdapter: () => noting(gpu) } });
  db = await openLabDb();
  tabs = [];
});
afterEach(() => {
  for (const tab of tabs) tab.close();
  for (const device of devices.splice(0)) device.destroy();
  db.close();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const opened = async (content: Blob) => ofBytes(new Uint8Array(await content.arrayBuffer()));

/** The adapter, with a note of every device it gives. */
async function noting(gpu: GPU): Promise<GPUAdapter | null> {
  const adapter = await gpu.requestAdapter();
  const open = adapter?.requestDevice.bind(adapter);
  if (adapter && open) {
    adapter.requestDevice = async (descriptor) => {
      const device = await open(descriptor);
      devices.push(device);
      return device;
    };
  }
  return adapter;
}

/** A page freshly loaded: the model open, the documents indexed. */
async function load(url = site.url): Promise<Tab> {
  const tab = openTab(db);
  tabs.push(tab);
  const { documents } = await readCorpusFiles(fromUrl(`${url}${DATA}`));
  await tab.index({ corpus: DATA, embedder: `${site.url}models/embedder-static`, documents });
  tab.send({ type: "open", site: url, model: "models/pocket" });
  tab.send({ type: "prepare" });
  await tab.until("prepared");
  return tab;
}

const start = (tab: Tab, runId: string, changes: Partial<RunConfig> = {}, step = false): void =>
  tab.send({ type: "start", runId, name: runId, createdAt: 0, config: { ...CONFIG, ...changes }, step });

const status = (tab: Tab, wanted: string) => tab.until("run", ({ run }) => run.status === wanted);
const firstUpdate = (tab: Tab) => tab.until("metrics", ({ rows }) => rows.some((r) => r.type === "update"));

/** What a run has stored, but for the times. */
async function results(runId: string) {
  const rows = (await readRows(db, runId)).map((row): MetricRow => ({ ...row, seconds: 0 }));
  const checkpoint = await loadCheckpoint(db, runId);
  return { rows, weights: checkpoint?.weights, m: checkpoint?.m, v: checkpoint?.v };
}

let known: Awaited<ReturnType<typeof results>> | null = null;

/** What a run without any break comes to; run once. */
async function uninterrupted(tab: Tab) {
  if (known !== null) return known;
  start(tab, "whole");
  await status(tab, "finished");
  const whole = await results("whole");
  expect(whole.rows.map((row) => row.type).join(" ")).toBe("cycle update update cycle update update cycle");
  expect(whole.weights!.some((w) => w !== 0)).toBe(true);
  known = whole;
  return whole;
}

describe("a run goes on to the same numbers", () => {
  test("paused, reloaded, resumed", async () => {
    const tab = await load();
    const whole = await uninterrupted(tab);

    start(tab, "broken");
    await firstUpdate(tab);
    tab.send({ type: "pause", runId: "broken" });
    const { run } = await status(tab, "paused");
    expect(run).toMatchObject({ cycle: 0, checkpointId: expect.any(String) });
    expect([1, 2]).toContain(run.update); // the second may have begun when the word came

    const reloaded = await load();
    reloaded.send({ type: "resume", runId: "broken", step: false });
    await status(reloaded, "finished");
    expect(await results("broken")).toEqual(whole);
  });

  test("the device lost under way, resumed on another", async () => {
    const tab = await load();
    const whole = await uninterrupted(tab);

    start(tab, "broken");
    await tab.until("run", ({ run }) => run.cycle === 0 && run.checkpointId !== null);
    devices.at(-1)!.destroy();
    await status(tab, "failed");
    const { error } = await tab.until("failed", () => true);
    expect(error.code).toBe("device-lost");
    expect(error.message).toMatch(/lost.*the last checkpoint is safe, resume from it/);
    expect(await getRun(db, "broken")).toMatchObject({
      status: "failed",
      error: error.message,
      checkpointId: expect.any(String),
    });

    tab.send({ type: "resume", runId: "broken", step: false });
    await tab.until("opened"); // the engine, on a device of its own
    await status(tab, "finished");
    expect(devices).toHaveLength(2);
    expect((await getRun(db, "broken"))?.error).toBeNull();
    expect(await results("broken")).toEqual(whole);
  });

  test("the disk full under way, resumed when there is room", async () => {
    const tab = await load();
    const whole = await uninterrupted(tab);

    const put = IDBObjectStore.prototype.put;
    let room = 1; // checkpoints that still fit
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, ...args) {
      if (this.name === "checkpoints" && room-- <= 0) throw new DOMException("full", "QuotaExceededError");
      return put.apply(this, args);
    });
    start(tab, "broken");
    await status(tab, "failed");
    const { error } = await tab.until("failed", () => true);
    expect(error.code).toBe("quota-exceeded");
    expect(error.message).toMatch(/storage is full.*Nothing was changed; delete old runs/);

    room = Number.POSITIVE_INFINITY;
    tab.send({ type: "resume", runId: "broken", step: false });
    await status(tab, "finished");
    expect(await results("broken")).toEqual(whole);
  });
});

test("step by step, then stopped; what it has is kept", async () => {
  const tab = await load();
  start(tab, "run", {}, true);
  await status(tab, "paused"); // after the first phase
  expect((await results("run")).rows).toEqual([]);
  for (let updates = 0; updates < 1; ) {
    tab.send({ type: "step", runId: "run" });
    updates = (await status(tab, "paused")).run.update;
  }
  expect((await results("run")).rows.map((row) => row.type)).toEqual(["cycle", "update"]);
  tab.send({ type: "stop", runId: "run" });
  const { run } = await status(tab, "stopped");
  expect(run).toMatchObject({ update: 1, checkpointId: expect.any(String) });
});

test("questions are answered and adapters exported, each with its own run's adapter", async () => {
  const tab = await load();
  for (const [runId, learning_rate] of [
    ["gentle", 1e-4],
    ["wild", 3e-2],
  ] as const) {
    start(tab, runId, { cycles: 1, learning_rate });
    await status(tab, "finished");
  }
  const export_ = (requestId: number, runId: string, format: AdapterFormat = "peft") =>
    tab.send({ type: "export", requestId, runId, format });
  const exported = async (requestId: number) =>
    (await tab.until("exported", (e) => e.requestId === requestId)).files;
  export_(1, "gentle");
  const gentle = await exported(1);
  export_(2, "wild");
  const wild = await exported(2);
  expect(gentle.map((file) => file.name)).toEqual(["adapter_config.json", "adapter_model.safetensors"]);
  const largest = async ([, file]: typeof gentle) => {
    let largest = 0;
    for (const [name, tensor] of await readSafetensors(await opened(file!.content), file!.name))
      if (name.includes("lora_B"))
        for (const x of await toFloat32(tensor)) largest = Math.max(largest, Math.abs(x));
    return largest;
  };
  expect(await largest(gentle)).toBeGreaterThan(0);
  expect(await largest(gentle)).toBeLessThan(1e-3); // AdamW moves a weight by about the learning rate, twice
  expect(await largest(wild)).toBeGreaterThan(1e-2);

  const inspect = { type: "inspect", set: "test", index: 0, config: CONFIG } as const;
  const scores = (requestId: number) => tab.until("inspection", (e) => e.requestId === requestId);
  tab.send({ ...inspect, requestId: 3, runId: "wild" }); // at once: each waits for the one before
  tab.send({ ...inspect, requestId: 4, runId: null });
  const base = (await scores(4)).inspection;
  expect(base.closed).toEqual(base.closed_before);
  tab.send({ ...inspect, requestId: 5, runId: "wild" });
  const after = (await scores(5)).inspection;
  expect(after.closed_before).toEqual(base.closed);
  expect(after.closed.option_scores).not.toEqual(base.closed.option_scores);

  const ask = { type: "ask", runId: "wild", explain: false, thinking: false, config: CONFIG } as const;
  const asked = async (requestId: number, adapter: AdapterUse | null) => {
    tab.send({ ...ask, requestId, adapter, question: after.question.question });
    return (await tab.until("reply", (e) => e.requestId === requestId)).reply;
  };
  const reply = await asked(6, { name: null, scale: 1 });
  expect(reply.open.passages).toHaveLength(CONFIG.k);
  expect(reply.open.text).not.toBe("");

  const files = wild.map(({ name, content }) => new File([content], name));
  tab.send({ type: "loadAdapter", requestId: 10, name: "mine", files });
  expect((await tab.until("adapters")).names).toEqual(["mine"]);
  expect(await asked(11, { name: "mine", scale: 1 })).toEqual(reply); // the same adapter, by another way
  expect(await asked(12, { name: "mine", scale: 0 })).toEqual(await asked(13, null));
  tab.send({ type: "unloadAdapter", requestId: 14, name: "mine" });
  expect((await tab.until("adapters", (e) => e.requestId === 14)).names).toEqual([]);
  tab.send({ ...ask, requestId: 15, adapter: { name: "mine", scale: 1 }, question: "Who?" });
  expect((await tab.until("failed", (e) => e.requestId === 15)).error.message).toMatch(/no adapter "mine"/);

  export_(16, "wild", "gguf");
  const [gguf] = await exported(16);
  expect(await gguf!.content.slice(0, 4).text()).toBe("GGUF");
  export_(17, "wild", "merged");
  const merged = await exported(17);
  expect(merged.map((file) => file.name)).toEqual([
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors",
  ]);
  expect((await readSafetensors(await opened(merged.at(-1)!.content), "merged")).size).toBe(38); // pocket's

  start(tab, "stillborn", { init_adapter: "nowhere" });
  await status(tab, "failed");
  tab.send({ ...inspect, requestId: 7, runId: null });
  expect((await scores(7)).inspection).toEqual(base); // nothing of "wild" is left on the model

  const reloaded = await load();
  reloaded.send({ type: "resume", runId: "wild", step: false });
  await reloaded.until("progress"); // the run is taken up, its adapter not yet on the model
  reloaded.send({ ...inspect, requestId: 8, runId: "wild" });
  const early = await reloaded.until("inspection", (e) => e.requestId === 8);
  expect(early.inspection).toEqual(after);
  await status(reloaded, "finished");
});

test("a pause that cannot be written down is a pause", async () => {
  const tab = await load();
  const put = IDBObjectStore.prototype.put;
  vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, ...args) {
    if (this.name === "runs" && args[0].status === "paused")
      throw new DOMException("full", "QuotaExceededError");
    return put.apply(this, args);
  });
  start(tab, "run", { cycles: 0 }, true);
  await status(tab, "paused");
  expect((await tab.until("failed")).error.code).toBe("quota-exceeded");
  tab.send({ type: "resume", runId: "run", step: false });
  await status(tab, "finished");
});

test("a run that has the model keeps it", async () => {
  const tab = await load();
  start(tab, "run", {}, true);
  await status(tab, "paused");
  tab.send({ type: "inspect", requestId: 1, runId: null, set: "test", index: 0, config: CONFIG });
  const { error } = await tab.until("failed", () => true);
  expect(error).toMatchObject({
    code: "busy",
    message: expect.stringMatching(/the run "run" has the model/),
  });
});

describe("another model", () => {
  const other = () => `${site.url}models/pocket`; // the same weights under another name

  test("takes the place of the one that was open, and is prepared", async () => {
    const tab = await load();
    const [before] = devices;
    tab.send({ type: "open", site: site.url, model: other() });
    tab.send({ type: "prepare" });
    await tab.until("prepared");
    const opened = tab.events.filter((event) => event.type === "opened");
    expect(opened.map(({ info }) => info.model)).toEqual(["models/pocket", other()]);
    expect((await before!.lost).reason).toBe("destroyed"); // two at once may not fit
  });

  test("comes with the run or the question that is about it", async () => {
    const tab = await load();
    start(tab, "run", { model: other(), cycles: 0 });
    await status(tab, "finished");
    const inspect = (requestId: number) =>
      tab.send({ type: "inspect", requestId, runId: null, set: "test", index: 0, config: CONFIG });
    inspect(1);
    inspect(2);
    await tab.until("inspection", ({ requestId }) => requestId === 2);
    const opened = tab.events.filter((event) => event.type === "opened");
    expect(opened.map(({ info }) => info.model)).toEqual(["models/pocket", other(), "models/pocket"]);
    expect((await getRun(db, "run"))?.config.model).toBe(other());
  });

  test("does not come while a run has the one that is open", async () => {
    const tab = await load();
    start(tab, "run", {}, true);
    await status(tab, "paused");
    const busy = { code: "busy", message: expect.stringMatching(/the run "run" is under way/) };
    tab.send({ type: "open", site: site.url, model: other() });
    expect((await tab.until("failed", () => true)).error).toMatchObject(busy);
    const config = { ...CONFIG, model: other() };
    tab.send({ type: "inspect", requestId: 1, runId: null, set: "test", index: 0, config });
    expect((await tab.until("failed", () => true)).error).toMatchObject(busy);
    tab.send({ type: "resume", runId: "run", step: false });
    await status(tab, "finished");
  });

  test("that is not there says so; the one before comes back when it is wanted", async () => {
    const tab = await load();
    tab.send({ type: "open", site: site.url, model: "models/none" });
    expect((await tab.until("failed", () => true)).error).toMatchObject({ code: "not-found" });
    start(tab, "run", { cycles: 0 });
    await status(tab, "finished");
  });
});

test("a GPU that was away is asked for again", async () => {
  const tab = await load();
  const { navigator: there } = globalThis;
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => null } });
  devices.at(-1)!.destroy();
  await devices.at(-1)!.lost;
  start(tab, "run");
  expect((await tab.until("failed")).error.code).toBe("no-adapter");
  vi.stubGlobal("navigator", there);
  start(tab, "run", { cycles: 0 });
  await status(tab, "finished");
  const progress = tab.events.filter((event) => event.type === "progress");
  expect(progress.at(-1)!.progress.status).toBe("finished");
});

describe("bad input is refused by name, and nothing starts", () => {
  /** The failure of opening the site with these files changed. */
  async function refusal(changes: Changes) {
    const host = await serve(folder("PUBLIC"), "/", { ...small, ...changes });
    try {
      const tab = openTab(db);
      tabs.push(tab);
      tab.send({ type: "open", site: host.url, model: "models/pocket" });
      const failure = await tab.until("failed");
      expect(tab.events.filter((event) => event.type === "opened")).toEqual([]);
      return failure.error;
    } finally {
      await host.close();
    }
  }
  const model = "models/pocket/model.safetensors";
  const original = () => readFile(`${folder("PUBLIC")}/${model}`);

  test("a model file that is cut short", async () => {
    const bytes = await original();
    const error = await refusal({ [model]: bytes.subarray(0, bytes.length - 1000) });
    expect(error).toMatchObject({
      code: "bad-model",
      message: expect.stringMatching(/model\.safetensors: .* it is truncated; fetch the file again/),
    });
  });

  test("a model file whose header is damaged", async () => {
    const bytes = Uint8Array.from(await original());
    bytes.fill(0, 8, 40);
    const error = await refusal({ [model]: bytes });
    expect(error).toMatchObject({ code: "bad-model", message: expect.stringMatching(/model\.safetensors/) });
  });

  test("a connection that breaks off in the middle of the model", async () => {
    const bytes = await original();
    const error = await refusal({
      [model]: (response) => {
        response.writeHead(200, { "content-length": bytes.length });
        response.write(bytes.subarray(0, 10_000), () => response.destroy());
      },
    });
    expect(error).toMatchObject({
      code: "not-found",
      message: expect.stringMatching(/models\/pocket\/model\.safetensors could not be fetched: try again/),
    });
  });

  test("another model's tokenizer", async () => {
    const other = await readFile(`${folder("PUBLIC")}/models/embedder-static/tokenizer.json`);
    const error = await refusal({ "models/pocket/tokenizer.json": other });
    expect(error).toMatchObject({ code: "bad-model", message: expect.stringMatching(/tokenizer/) });
  });

  test("no adapter", async () => {
    vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => null } });
    expect(await refusal({})).toMatchObject({
      code: "no-adapter",
      message: expect.stringMatching(/enable hardware acceleration/),
    });
  });

  test("no WebGPU", async () => {
    vi.stubGlobal("navigator", {});
    expect(await refusal({})).toMatchObject({ code: "no-webgpu" });
  });

  test("a question whose answer is not among its options", async () => {
    const train = JSON.parse(new TextDecoder().decode(small[`${DATA}/train.json`] as Uint8Array));
    train[2].answer = "Atlantis";
    const bad = new TextEncoder().encode(JSON.stringify(train));
    const host = await serve(folder("PUBLIC"), "/", small);
    const tab = await load(host.url);
    small[`${DATA}/train.json`] = bad; // `serve` reads the object anew at each request
    try {
      start(tab, "run");
      await status(tab, "failed");
      const { error } = await tab.until("failed");
      expect(error.code).toBe("bad-data");
      expect(error.message).toMatch(
        /train\.json, question 3: the answer "Atlantis" is not among the options/,
      );
      expect(await getRun(db, "run")).toMatchObject({ status: "failed", checkpointId: null });
    } finally {
      small[`${DATA}/train.json`] = new TextEncoder().encode(
        await readFile(`${folder("FIXTURES")}/small-archive/train.json`, "utf8"),
      );
      await host.close();
    }
  });
});

/** The train worker's session on a real GPU and a real database: pause, reload, device lost, full disk, bad files. */
import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { PROGRAM_FILES } from "../../src/core/bundle.ts";
import { parseRunConfig, type RunConfig } from "../../src/core/config.ts";
import { fromUrl, ofBytes } from "../../src/core/files.ts";
import type { AdapterFormat, AdapterUse } from "../../src/core/messages.ts";
import { openZip } from "../../src/core/unzip.ts";
import { readCorpusFiles } from "../../src/documents/corpus.ts";
import { readSafetensors } from "../../src/model/safetensors.ts";
import { toFloat32 } from "../../src/model/tensor.ts";
import { readDocuments } from "../../src/storage/corpora.ts";
import { readRows } from "../../src/storage/rows.ts";
import { getRun, saveRun } from "../../src/storage/runs.ts";
import { folder } from "../helpers/fixtures.ts";
import { openTab, type Tab } from "../helpers/sessions.ts";
import { type Changes, serve } from "../helpers/site.ts";
import { CONFIG, DATA, smallLab, start, status } from "../helpers/smallLab.ts";

const lab = smallLab();
const { small, devices, load, results, uninterrupted } = lab;

const opened = async (content: Blob) => ofBytes(new Uint8Array(await content.arrayBuffer()));
const firstUpdate = (tab: Tab) => tab.until("metrics", ({ rows }) => rows.some((r) => r.type === "update"));

describe("a run goes on to the same numbers", () => {
  test("paused, reloaded, resumed", async () => {
    const tab = await load();
    const whole = await uninterrupted(tab);

    start(tab, "broken");
    await firstUpdate(tab);
    tab.send("pause", { runId: "broken" });
    const { run } = await status(tab, "paused");
    expect(run).toMatchObject({ cycle: 0, checkpointId: expect.any(String) });
    expect([1, 2]).toContain(run.update); // the second may have begun when the word came

    const reloaded = await load();
    reloaded.send("resume", { runId: "broken", step: false });
    await status(reloaded, "finished");
    expect(await results("broken")).toEqual(whole);
  });

  const ARCHIVE = "data/archive"; // its questions come in three wordings, with evidence
  const tiny = { data: ARCHIVE, cycles: 1, batch_size: 3, questions: 4, explain_every: 0 } as const;
  const opened = async (): Promise<Tab> => {
    const tab = await load();
    const { documents } = await readCorpusFiles(fromUrl(`${lab.site.url}${ARCHIVE}`));
    await tab.index({ corpus: ARCHIVE, embedder: `${lab.site.url}models/embedder-static`, documents });
    return tab;
  };

  test("with wordings, both forms, more candidates, token weights and retained rows", async () => {
    const changes: Partial<RunConfig> = {
      ...parseRunConfig({ objective: "credit", samples: 3, retain_share: 0.5 }),
      ...tiny,
      updates: 4,
    };
    const tab = await opened();
    start(tab, "whole", changes);
    await status(tab, "finished");
    const whole = await results("whole");
    const updates = whole.rows.filter((row) => row.type === "update");
    expect(updates.every(({ s_w, s_kl }) => s_w! < 0 && Number.isFinite(s_kl))).toBe(true);

    start(tab, "broken", changes);
    await firstUpdate(tab);
    tab.send("pause", { runId: "broken" });
    const { run } = await status(tab, "paused");
    expect([1, 2]).toContain(run.update);
    const reloaded = await opened();
    reloaded.send("resume", { runId: "broken", step: false });
    await status(reloaded, "finished");
    expect(await results("broken")).toEqual(whole);
  });

  test("of every objective that is taught softly, by samples or in two parts", async () => {
    let tab = await opened();
    for (const objective of ["distill", "sdft", "simpo", "grpo", "cpt+sft"] as const) {
      const config = { objective, answers: "both", num_generations: 2, samples: 1 } as const;
      const changes = { ...parseRunConfig(config), ...tiny, batch_size: 2, questions: 3, updates: 2 };
      start(tab, `${objective}, whole`, changes);
      await status(tab, "finished");
      const whole = await results(`${objective}, whole`);
      expect(whole.weights!.some((w) => w !== 0)).toBe(true);

      const broken = `${objective}, broken`;
      start(tab, broken, changes, true);
      for (let updates = 0; updates < 1; ) {
        updates = (await status(tab, "paused")).run.update;
        if (updates < 1) tab.send("step", { runId: broken });
      }
      tab = await opened();
      tab.send("resume", { runId: broken, step: false });
      await status(tab, "finished");
      expect(await results(broken), objective).toEqual(whole);
    }
  });

  test("the device lost under way: it goes on by itself on another", async () => {
    const tab = await load();
    const whole = await uninterrupted(tab);

    start(tab, "broken");
    await tab.until("run", ({ run }) => run.cycle === 0 && run.checkpointId !== null);
    devices.at(-1)!.destroy();
    await tab.until("run", ({ run }) => run.lost === 1);
    await tab.until("opened"); // the engine, on a device of its own
    await status(tab, "finished");
    expect(devices).toHaveLength(2);
    expect(await getRun(lab.db, "broken")).toMatchObject({ status: "finished", error: null, lost: 1 });
    expect(await results("broken")).toEqual(whole);
  });

  test("the device lost at every try: it says so, and is resumed when there is one", async () => {
    const tab = await load();
    const whole = await uninterrupted(tab);

    start(tab, "broken");
    await tab.until("run", ({ run }) => run.cycle === 0 && run.checkpointId !== null);
    lab.lose = true;
    devices.at(-1)!.destroy();
    await status(tab, "failed");
    const { error } = await tab.until("failed", () => true);
    expect(error.code).toBe("device-lost");
    expect(error.message).toMatch(/lost 4 times without getting any further.*What is stored is safe.*resume/);
    expect(devices).toHaveLength(4);
    expect(await getRun(lab.db, "broken")).toMatchObject({
      status: "failed",
      error: error.message,
      checkpointId: expect.any(String),
    });

    lab.lose = false;
    tab.send("resume", { runId: "broken", step: false });
    await status(tab, "finished");
    expect((await getRun(lab.db, "broken"))?.error).toBeNull();
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
    tab.send("resume", { runId: "broken", step: false });
    await status(tab, "finished");
    expect(await results("broken")).toEqual(whole);
  });
});

test("a run does not go on with other documents or questions; put back, it does", async () => {
  const tab = await load();
  const whole = await uninterrupted(tab);
  start(tab, "broken");
  await firstUpdate(tab);
  tab.send("pause", { runId: "broken" });
  await status(tab, "paused");
  const rows = await readRows(lab.db, "broken");

  const reloaded = await load();
  const refusal = async () => {
    const going = reloaded.ask("resume", { runId: "broken", step: false });
    return going.then(
      () => null,
      (error) => `${error.code}: ${error.message}`,
    );
  };
  const train = small[`${DATA}/train.json`] as Uint8Array;
  const other = JSON.parse(new TextDecoder().decode(train));
  other[1].question += " Really?";
  small[`${DATA}/train.json`] = new TextEncoder().encode(JSON.stringify(other));
  expect(await refusal()).toMatch(/^bad-data: the run "broken" cannot go on: the questions have changed/);
  small[`${DATA}/train.json`] = train;
  const documents = await readDocuments(lab.db, DATA);
  const embedder = `${lab.site.url}models/embedder-static`;
  await reloaded.index({ corpus: DATA, embedder, documents: documents.slice(1) });
  expect(await refusal()).toMatch(/^bad-data: .*: the documents have changed since it began/);
  expect([await readRows(lab.db, "broken"), (await getRun(lab.db, "broken"))?.status]).toEqual([
    rows,
    "paused",
  ]);

  const run = (await getRun(lab.db, "broken"))!;
  const { fingerprint, ...early } = run;
  expect(fingerprint).toMatchObject({ embedder: "models/embedder-static" });
  await reloaded.index({ corpus: DATA, embedder, documents });
  await saveRun(lab.db, early); // as stored before there were fingerprints
  reloaded.send("resume", { runId: "broken", step: true });
  await status(reloaded, "paused");
  await saveRun(lab.db, run);
  const again = await load();
  again.send("resume", { runId: "broken", step: false });
  await status(again, "finished");
  expect(await results("broken")).toEqual(whole);
});

test("another archive is read where the settings name one; one that is not there is named, with the way out", async () => {
  const tab = await load();
  const elsewhere = { cycles: 0, questions: 2, explain_every: 1, thorough: false };
  start(tab, "reads", { ...elsewhere, other_data: "data/archive-other" });
  await status(tab, "finished");
  expect((await results("reads")).rows[0]).toMatchObject({ other_scored: 2, other_explained: 2 });

  start(tab, "misses", { ...elsewhere, other_data: "data/nowhere" });
  await status(tab, "failed");
  const { error } = await tab.until("failed", () => true);
  expect(error.message).toMatch(/^other_data: .*data\/nowhere\/.*; set it to null/);

  const keeps = { ...elsewhere, cycles: 1, updates: 1, explain_every: 0, retain: 1, retain_questions: 2 };
  start(tab, "keeps", { ...keeps, retain_data: "data/archive-other" });
  await status(tab, "finished");
  const [update] = (await results("keeps")).rows.filter(({ type }) => type === "update");
  expect(update).toMatchObject({ s_kl: expect.closeTo(0, 5) }); // the first update: the model still is the base
  start(tab, "keeps what is not there", { ...keeps, retain_data: "data/nowhere" });
  const missed = await tab.until("failed", ({ runId }) => runId === "keeps what is not there");
  expect(missed.error.message).toMatch(/^retain_data: .*data\/nowhere\/.*; set it to null to keep its own/);
});

test("step by step, then stopped; what it has is kept", async () => {
  const tab = await load();
  start(tab, "run", {}, true);
  await status(tab, "paused"); // after the first phase
  expect((await results("run")).rows).toEqual([]);
  for (let updates = 0; updates < 1; ) {
    tab.send("step", { runId: "run" });
    updates = (await status(tab, "paused")).run.update;
  }
  expect((await results("run")).rows.map((row) => row.type)).toEqual(["cycle", "update"]);
  tab.send("stop", { runId: "run" });
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
  const exported = (runId: string, format: AdapterFormat = "peft") => tab.ask("export", { runId, format });
  const gentle = await exported("gentle");
  const wild = await exported("wild");
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

  const norms = async (runId: string) => {
    const { modules, steps } = await tab.ask("norms", { runId });
    expect(modules).toEqual(CONFIG.target_modules);
    const [last] = steps.slice(-1);
    expect(last).toMatchObject({ cycle: 1, update: null });
    expect(last!.norms.flat().every((norm) => norm! > 0)).toBe(true);
    return Math.max(...last!.norms.flat().map((norm) => norm!));
  };
  expect(await norms("wild")).toBeGreaterThan(50 * (await norms("gentle"))); // the rate was 300 times as high

  const inspect = (runId: string | null, of = tab) =>
    of.ask("inspect", { runId, set: "test", index: 0, config: CONFIG });
  void inspect("wild"); // at once: each waits for the one before
  const base = await inspect(null);
  expect(base.closed).toEqual(base.closed_before);
  const after = await inspect("wild");
  expect(after.closed_before).toEqual(base.closed);
  expect(after.closed.option_scores).not.toEqual(base.closed.option_scores);

  const ask = (adapter: AdapterUse | null, question = after.question.question) =>
    tab.ask("ask", { runId: "wild", explain: false, thinking: false, config: CONFIG, adapter, question });
  const reply = await ask({ name: null, scale: 1 });
  expect(reply.open.passages).toHaveLength(CONFIG.k);
  expect(reply.open.text).not.toBe("");

  const files = wild.map(({ name, content }) => new File([content], name));
  expect(await tab.ask("loadAdapter", { name: "mine", files })).toEqual(["mine"]);
  expect(await ask({ name: "mine", scale: 1 })).toEqual(reply); // the same adapter, by another way
  expect(await ask({ name: "mine", scale: 0 })).toEqual(await ask(null));
  expect(await tab.ask("unloadAdapter", { name: "mine" })).toEqual([]);
  await expect(ask({ name: "mine", scale: 1 }, "Who?")).rejects.toThrow(/no adapter "mine"/);

  const [gguf] = await exported("wild", "gguf");
  expect(await gguf!.content.slice(0, 4).text()).toBe("GGUF");
  const merged = await exported("wild", "merged");
  expect(merged.map((file) => file.name)).toEqual([
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors",
  ]);
  expect((await readSafetensors(await opened(merged.at(-1)!.content), "merged")).size).toBe(38); // pocket's

  const bundle = await openZip(await tab.ask("bundle", { runId: "wild" }), "bundle");
  const packed = async (path: string) =>
    new TextDecoder().decode(await bundle.find((file) => file.path === path)!.read());
  expect(bundle.map(({ path }) => path)).toEqual(expect.arrayContaining([...PROGRAM_FILES]));
  expect(await packed("train.py")).toContain("def main():");
  expect(JSON.parse(await packed("run/bundle.json")).config).toMatchObject({
    learning_rate: 3e-2,
    cycles: 1,
  });
  const lines = async (name: string) => (await packed(`run/${name}.jsonl`)).trim().split("\n");
  expect(await lines("plan")).toHaveLength(CONFIG.updates);
  expect((await lines("metrics")).map((line) => JSON.parse(line))).toEqual(await readRows(lab.db, "wild"));
  await expect(tab.ask("bundle", { runId: "nobody" })).rejects.toThrow(/nobody is not stored here/);

  start(tab, "stillborn", { init_adapter: "nowhere" });
  await status(tab, "failed");
  expect(await inspect(null)).toEqual(base); // nothing of "wild" is left on the model

  const reloaded = await load();
  reloaded.send("resume", { runId: "wild", step: false });
  await reloaded.until("progress"); // the run is taken up, its adapter not yet on the model
  expect(await inspect("wild", reloaded)).toEqual(after);
  await status(reloaded, "finished");
});

test("made questions are judged before, during and after a run, by the base: the same scores, and the run's numbers stay", async () => {
  const tab = await load();
  const whole = await uninterrupted(tab);
  const ask = {
    question: "Brem Coprea was born in which town?",
    options: ["Thornmoor", "Naithford", "Eldham"],
  };
  const sittings = [
    { ...ask, passages: ["Brem Coprea was born in Thornmoor."] },
    { ...ask, passages: ["Brem Coprea was born in Naithford.", "Brem Coprea plays the zither."] },
    { ...ask, passages: [] },
  ];
  const judge = (onProgress = (_: { done: number; of: number }) => {}) =>
    tab.ask("judge", { sittings, config: CONFIG }, { onProgress });
  const alone = await judge();
  expect(alone.map((scores) => scores.length)).toEqual([3, 3, 3]);
  const best = alone.map((scores) => ask.options[scores.indexOf(Math.max(...scores))]);
  expect(best.slice(0, 2)).toEqual(["Thornmoor", "Naithford"]); // the book decides

  start(tab, "judged", { learning_rate: CONFIG.learning_rate });
  await firstUpdate(tab);
  const told: number[] = [];
  const during = await judge(({ done, of }) => told.push(done / of));
  expect(told.at(-1)).toBe(1);
  await status(tab, "finished");
  expect(during).toEqual(alone);
  expect(await judge()).toEqual(alone);
  expect(await results("judged")).toEqual(whole);
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
  tab.send("resume", { runId: "run", step: false });
  await status(tab, "finished");
});

test("a run that has the model keeps it", async () => {
  const tab = await load();
  start(tab, "run", {}, true);
  await status(tab, "paused");
  await expect(
    tab.ask("inspect", { runId: null, set: "test", index: 0, config: CONFIG }),
  ).rejects.toMatchObject({ code: "busy", message: expect.stringMatching(/the run "run" has the model/) });
  await expect(tab.ask("checkGpu", null)).rejects.toMatchObject({ code: "busy" });
});

describe("another model", () => {
  const other = () => `${lab.site.url}models/pocket`; // the same weights under another name

  test("takes the place of the one that was open, and is prepared", async () => {
    const tab = await load();
    const kept = () => lab.db.getAllKeys("settings");
    await vi.waitFor(async () => expect(await kept()).toHaveLength(1));
    const [name] = await kept();
    expect(name).toMatch(/^kernels of /);
    const first = (await lab.db.get("settings", name!)) as Record<string, string>;
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining(["matmulNt F16 many", "matmulNt F32 one", "headLse F16 few"]),
    );
    // what was found out with models of other types stays
    await lab.db.put("settings", { ...first, "matmulNt Q4_0 many": "theirs" }, name!);
    const [before] = devices;
    tab.send("open", { site: lab.site.url, model: other() });
    tab.send("prepare", null);
    expect((await tab.until("prepared")).flopsPerSecond).toBeGreaterThan(0);
    await vi.waitFor(async () =>
      expect(await lab.db.get("settings", name!)).toEqual({ ...first, "matmulNt Q4_0 many": "theirs" }),
    );
    const opened = tab.events.filter((event) => event.type === "opened");
    expect(opened.map(({ info }) => info.model)).toEqual(["models/pocket", other()]);
    expect((await before!.lost).reason).toBe("destroyed"); // two at once may not fit
  });

  test("comes with the run or the question that is about it", async () => {
    const tab = await load();
    start(tab, "run", { model: other(), cycles: 0 });
    await status(tab, "finished");
    const inspect = () => tab.ask("inspect", { runId: null, set: "test", index: 0, config: CONFIG });
    await Promise.all([inspect(), inspect()]);
    const opened = tab.events.filter((event) => event.type === "opened");
    expect(opened.map(({ info }) => info.model)).toEqual(["models/pocket", other(), "models/pocket"]);
    expect((await getRun(lab.db, "run"))?.config.model).toBe(other());
  });

  test("does not come while a run has the one that is open", async () => {
    const tab = await load();
    start(tab, "run", {}, true);
    await status(tab, "paused");
    const busy = { code: "busy", message: expect.stringMatching(/the run "run" is under way/) };
    tab.send("open", { site: lab.site.url, model: other() });
    expect((await tab.until("failed", () => true)).error).toMatchObject(busy);
    const config = { ...CONFIG, model: other() };
    await expect(tab.ask("inspect", { runId: null, set: "test", index: 0, config })).rejects.toMatchObject(
      busy,
    );
    tab.send("resume", { runId: "run", step: false });
    await status(tab, "finished");
  });

  test("that is not there says so; the one before comes back when it is wanted", async () => {
    const tab = await load();
    tab.send("open", { site: lab.site.url, model: "models/none" });
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
      const tab = openTab(lab.db);
      lab.tabs.push(tab);
      tab.send("open", { site: host.url, model: "models/pocket" });
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

  test("a question whose answer is not among its options is left out, and the run says so", async () => {
    const train = JSON.parse(new TextDecoder().decode(small[`${DATA}/train.json`] as Uint8Array));
    train[2].answer = "Atlantis";
    const bad = new TextEncoder().encode(JSON.stringify(train));
    const host = await serve(folder("PUBLIC"), "/", small);
    const tab = await load(host.url);
    small[`${DATA}/train.json`] = bad; // `serve` reads the object anew at each request
    try {
      start(tab, "run");
      await status(tab, "finished");
      const { notes } = (await getRun(lab.db, "run"))!;
      expect(notes).toHaveLength(1);
      expect(notes![0]).toMatch(
        /left out: train\.json, question 3: the answer "Atlantis" is not among the options/,
      );
    } finally {
      small[`${DATA}/train.json`] = new TextEncoder().encode(
        await readFile(`${folder("FIXTURES")}/small-archive/train.json`, "utf8"),
      );
      await host.close();
    }
  });
});

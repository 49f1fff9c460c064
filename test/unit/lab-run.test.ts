import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseRunConfig } from "../../src/core/config.ts";
import { wilson } from "../../src/core/intervals.ts";
import type { CycleRow, MetricRow } from "../../src/core/run.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/lab/checkpointFile.ts";
import { readConfig, readData } from "../../src/lab/data.ts";
import { continueOn, readRunJson, storeEntry, takeUp, writeRunJson } from "../../src/lab/outFolder.ts";
import { makeReport } from "../../src/lab/report.ts";
import { openRunFile, packCommand, showCommand } from "../../src/lab/runFile.ts";
import { type Checkpoint, newState } from "../../src/train/state.ts";

let out = "";
beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "closed-book-test-"));
});
afterEach(() => rm(out, { recursive: true }));

const checkpointAfter = (rows: number): Checkpoint => ({
  state: { ...newState(), rows, seconds: 0.1 + 0.2 },
  adapter: { weights: Float32Array.of(1 / 3, rows), m: Float32Array.of(-0, 1e-45), v: new Float32Array(2) },
});
const cycleRow = (cycle: number, change: Partial<CycleRow> = {}): CycleRow => ({
  type: "cycle",
  cycle,
  closed_train: 0.5,
  closed_test: 0.2,
  open_test: 0.9,
  closed_2hop: null,
  closed_response: null,
  open_response: null,
  closed_response_accuracy: null,
  open_response_accuracy: null,
  reward_train: null,
  kl: 0,
  question_visits: 0,
  passage_visits: 0,
  supervised_tokens: 0,
  updates: 0,
  seconds: 1,
  ...change,
});
const answersOf = (cycle: number) => ({ cycle, closed_test: ["flute", null], open_test: ["drum", null] });

describe("a checkpoint file", () => {
  test("comes back bit for bit", () => {
    const checkpoint = checkpointAfter(3);
    expect(decodeCheckpoint(encodeCheckpoint(checkpoint), "c")).toEqual(checkpoint);
  });

  test("cut anywhere it is refused", () => {
    const bytes = encodeCheckpoint(checkpointAfter(3));
    for (let length = 0; length < bytes.length; length++) {
      const cut = () => decodeCheckpoint(bytes.slice(0, length), "checkpoint.bin");
      expect(cut).toThrow(
        expect.objectContaining({ code: "bad-data", message: expect.stringMatching(/^checkpoint\.bin/) }),
      );
    }
  });
});

describe("the folder of a run", () => {
  const metrics = async (): Promise<MetricRow[]> =>
    (await readFile(join(out, "metrics.jsonl"), "utf8"))
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));

  test("an empty one begins from nothing", async () => {
    expect(await takeUp(out)).toEqual({ checkpoint: null, rows: [] });
    expect(await readRunJson(out, parseRunConfig({}))).toBeNull();
  });

  test("rows beyond the checkpoint, and a torn last line, are taken out again", async () => {
    await storeEntry(out, { rows: [cycleRow(0)], answers: answersOf(0), checkpoint: checkpointAfter(1) });
    await storeEntry(out, { rows: [cycleRow(1)], answers: answersOf(1), checkpoint: null });
    await writeFile(join(out, "metrics.jsonl"), '{"type": "upd', { flag: "a" });
    const { checkpoint, rows } = await takeUp(out);
    expect(checkpoint).toEqual(checkpointAfter(1));
    expect(rows).toEqual([cycleRow(0)]);
    expect(await metrics()).toEqual([cycleRow(0)]);
    expect(await readFile(join(out, "answers.jsonl"), "utf8")).toBe(`${JSON.stringify(answersOf(0))}\n`);
    await storeEntry(out, { rows: [cycleRow(1)], answers: null, checkpoint: checkpointAfter(2) });
    expect((await takeUp(out)).rows).toEqual([cycleRow(0), cycleRow(1)]);
  });

  test("nothing half written stays behind", async () => {
    await storeEntry(out, { rows: [], answers: null, checkpoint: checkpointAfter(0) });
    expect(await readdir(out)).toEqual(["checkpoint.bin"]);
  });

  test("metrics shorter than the checkpoint says are refused", async () => {
    await storeEntry(out, { rows: [cycleRow(0)], answers: null, checkpoint: checkpointAfter(2) });
    await expect(takeUp(out)).rejects.toMatchObject({
      code: "bad-data",
      message: expect.stringMatching(/1 lines.*after 2/),
    });
  });

  test("how a run began stays; going on with other kernels is noted once", () => {
    const began = { gpuAdapter: "some", variants: { nt: "tiled" } };
    const file = { config: parseRunConfig({}), ...began, continued: [] };
    expect(continueOn(file, began, 3)).toEqual(file);
    const other = { gpuAdapter: "some", variants: { nt: "plain" } };
    const noted = continueOn(file, other, 3);
    expect(noted).toEqual({ ...file, continued: [{ rows: 3, ...other }] });
    expect(continueOn(noted, other, 5)).toEqual(noted);
    expect(continueOn(noted, began, 3).continued).toEqual([{ rows: 3, ...began }]);
  });

  test("what the settings do not name is as the run began, settings it is older than among it", async () => {
    const { elicit: _elicit, prompt_explain: _words, ...old } = parseRunConfig({ seed: 1, k: 2 });
    const file = { config: old, gpuAdapter: "some", variants: {}, continued: [] };
    await writeFile(join(out, "run.json"), JSON.stringify(file));
    const begun = await readRunJson(out, { seed: 1 });
    expect(begun?.config).toEqual(parseRunConfig({ seed: 1, k: 2, elicit: false }));
    await expect(readRunJson(out, { k: 3 })).rejects.toMatchObject({ code: "bad-config" });
    await expect(readRunJson(out, { elicit: true })).rejects.toMatchObject({ code: "bad-config" });
  });

  test("is packed into one file, which shows itself and repeats its settings", async () => {
    const config = parseRunConfig({ seed: 7, cycles: 1 });
    const date = "2026-11-29T01:00:00.000Z";
    await writeRunJson(out, { config, date, gpuAdapter: "some", variants: { nt: "tiled" }, continued: [] });
    const path = join(out, "theirs.closedbook");
    const pack = (adapter: boolean) =>
      packCommand({ run: out, out: path, name: "Theirs", note: "from room 4", adapter, questions: null });
    await expect(pack(false)).rejects.toMatchObject({ code: "not-found" }); // it has not ended
    for (const cycle of [0, 1])
      await storeEntry(out, { rows: [cycleRow(cycle)], answers: answersOf(cycle), checkpoint: null });
    await writeFile(join(out, "report.json"), JSON.stringify({ baselines: null, memory: null }));
    await pack(false);
    expect(await openRunFile(path)).toMatchObject({
      name: "Theirs",
      note: "from room 4",
      date,
      status: "finished",
      rows: [cycleRow(0), cycleRow(1)],
      answers: [answersOf(0), answersOf(1)],
      adapter: null,
    });
    expect(await readConfig(path)).toEqual(config);
    await mkdir(join(out, "adapter"));
    for (const name of ["adapter_config.json", "adapter_model.safetensors"])
      await writeFile(join(out, "adapter", name), name);
    await pack(true);
    const { adapter } = await openRunFile(path);
    expect([adapter?.cycle, await adapter?.files[1]?.content.text()]).toEqual([
      1,
      "adapter_model.safetensors",
    ]);
    const said = vi.spyOn(console, "log").mockImplementation(() => {});
    await showCommand(path);
    const lines = said.mock.calls.map(([line]) => String(line));
    said.mockRestore();
    expect(lines.join("\n")).toMatch(
      /Theirs, finished, begun 2026-11-29.*\nfrom room 4\n[\s\S]*seed 7\n[\s\S]*cycle 1 {2}closed_train 50\.0 %/,
    );
  });

  test("settings that are unknown or wrong are named with the file", async () => {
    const config = { ...parseRunConfig({}), cycles: -1, warp: 9 };
    await writeFile(join(out, "run.json"), JSON.stringify({ config, gpuAdapter: "some", variants: {} }));
    await expect(readRunJson(out, {})).rejects.toThrow(
      /run\.json: unknown key "warp".*cycles must be .* got -1/,
    );
  });

  test("other settings are an error that names them", async () => {
    const config = parseRunConfig({ seed: 1 });
    const file = { config, gpuAdapter: "some", variants: { nt: "tiled" }, continued: [] };
    await writeRunJson(out, file);
    expect(await readRunJson(out, config)).toEqual(file);
    await expect(readRunJson(out, { ...config, seed: 2, order: [[0]] })).rejects.toMatchObject({
      code: "bad-config",
      message: expect.stringMatching(/other settings: seed \(1, now 2\), order \(null, now \[\[0\]\]\)/),
    });
  });
});

describe("bad input names its file", () => {
  const write = (name: string, value: unknown) =>
    writeFile(join(out, name), typeof value === "string" ? value : JSON.stringify(value));
  const question = { question: "Who?", options: { A: "Bo", B: "Cy" }, answer: "Bo" };

  test.for([
    ['{"cycles": 1', "bad-data", /c\.json is not valid JSON/],
    ['{"cycle": 1}', "bad-config", /c\.json: unknown key "cycle"/],
    ['{"constructor": 1}', "bad-config", /unknown key "constructor"/],
    ['{"cycles": -1}', "bad-config", /c\.json: cycles must be an integer ≥ 0/],
  ] as const)("settings %j", async ([text, code, message]) => {
    await write("c.json", text);
    await expect(readConfig(join(out, "c.json"))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test("settings that are not there", async () => {
    await expect(readConfig(join(out, "none.json"))).rejects.toMatchObject({
      code: "not-found",
      message: expect.stringMatching(/none\.json is not there/),
    });
  });

  test("questions and documents", async () => {
    await write("documents.json", [{ id: "a", passages: ["Bo taught Ada."] }]);
    await write("train.json", [{ ...question, answer: "Dov" }]);
    const fails = async (message: RegExp) =>
      await expect(readData(out, { onNote() {} })).rejects.toMatchObject({
        message: expect.stringMatching(message),
      });
    await fails(/train\.json, question 1: the answer "Dov" is not among the options "Bo", "Cy"/);
    await write("train.json", [question, { ...question, answer: "Dov" }]);
    await fails(/test\.json is not there/);
    await writeFile(
      join(out, "test.json"),
      Buffer.from(JSON.stringify([{ ...question, question: "Zo\xeb?" }]), "latin1"),
    );
    const notes: string[] = [];
    const data = await readData(out, { onNote: (note) => notes.push(note) });
    expect(notes).toEqual([
      expect.stringMatching(/^left out: .*train\.json, question 2: the answer "Dov" is not/),
      expect.stringMatching(/test\.json was read as windows-1252/),
    ]);
    expect(data.test[0]!.question).toBe("Zoë?");
    expect([data.train.length, data.test.length, data.twohop.length, data.documents.length]).toEqual([
      1, 1, 0, 1,
    ]);
    await write("twohop.json", "[");
    await fails(/twohop\.json is not valid JSON/);
    await write("documents.json", [{ id: "a" }]);
    await fails(/documents\.json, document 1/);
  });
});

describe("the report", () => {
  const facts = {
    config: parseRunConfig({}),
    gpuAdapter: "some",
    variants: {},
    continued: [],
    questions: { train: 124, test: 124, twohop: 42 },
    scored: { train: 124, test: 10, twohop: 0 }, // the others are open
    passages: 44,
    baselines: null,
    memory: null,
  };

  test("says how much of each gap was recovered", () => {
    const cycles = [
      cycleRow(0, { closed_response: 0.1, open_response: 0.7 }),
      cycleRow(1, { closed_test: 0.55, open_test: 0.8 }),
      cycleRow(2, { closed_test: 0.7, open_test: 0.85, closed_response: 0.4, open_response: 0.6 }),
    ];
    const { answers, explanations, intervals } = makeReport({ ...facts, cycles });
    expect(answers!.recovered).toBeCloseTo(0.5 / 0.7, 12);
    expect(answers).toMatchObject({
      closed_before: 0.2,
      closed_after: 0.7,
      open_before: 0.9,
      open_after: 0.85,
    });
    expect(explanations!.recovered).toBeCloseTo(0.5, 12);
    expect(intervals.closed_test).toEqual(wilson(0.7, 10)); // over those that were scored
    expect(intervals.closed_train).toEqual(wilson(0.5, 124));
    expect(intervals.closed_2hop).toBeNull();
  });

  test("intervals of the further measures are over what each is of", () => {
    const joined = { twohop_explained: 0.5, twohop_known: 4 };
    const cycles = [
      cycleRow(0, { closed_exact: 0.5, exact_of: 124, other_open: 0.8, other_scored: 60, ...joined }),
    ];
    const { intervals } = makeReport({ ...facts, cycles });
    expect(intervals.closed_exact).toEqual(wilson(0.5, 124));
    expect(intervals.twohop_explained).toEqual(wilson(0.5, 4));
    expect(intervals.other_open).toEqual(wilson(0.8, 60));
    expect(makeReport({ ...facts, cycles: [cycleRow(0)] }).intervals.other_open).toBeNull();
  });

  test("what was not measured is null", () => {
    const { answers, explanations } = makeReport({ ...facts, cycles: [cycleRow(0, { open_test: null })] });
    expect([answers, explanations]).toEqual([null, null]);
    const closed = makeReport({ ...facts, cycles: [cycleRow(0, { open_test: 0.1 })] });
    expect(closed.answers!.recovered).toBeNull(); // no gap to close
  });
});

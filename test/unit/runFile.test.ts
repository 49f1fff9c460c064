/** A run as one file: what goes in comes out, what is wrong in a stranger's file is named and loses nothing. */
import { describe, expect, test } from "vitest";
import { RUN_DEFAULTS, SETTINGS } from "../../src/core/config.ts";
import type {
  CycleAnswers,
  CycleRow,
  MetricRow,
  Question,
  RunRecord,
  UpdateRow,
} from "../../src/core/run.ts";
import { factsOf, type RunFile, readRunFile, writeRunFile } from "../../src/core/runFile.ts";
import { openZip } from "../../src/core/unzip.ts";
import { zip } from "../../src/core/zip.ts";

const cycle: CycleRow = {
  type: "cycle",
  cycle: 1,
  closed_train: 0.5,
  closed_test: 0.25,
  open_test: 1,
  closed_2hop: null,
  closed_response: null,
  open_response: null,
  closed_response_accuracy: null,
  open_response_accuracy: null,
  reward_train: 0.9,
  kl: 0.1,
  question_visits: 16,
  passage_visits: 48,
  supervised_tokens: 200,
  updates: 1,
  seconds: 3.25,
};
const update: UpdateRow = {
  type: "update",
  cycle: 1,
  update: 0,
  loss: 2,
  s_z: null,
  s_c: -0.4,
  s_l: null,
  s_w: null,
  s_kl: null,
  clipped_chosen: null,
  clipped_rejected: null,
  differ: null,
  zero_reward: null,
  reward: 1,
  grad_norm: 0.5,
  learning_rate: 2e-3,
  num_tokens: 100,
  supervised_tokens: 10,
  question_visits: 16,
  passage_visits: 48,
  total_supervised_tokens: 10,
  seconds: 1,
};
const answers: CycleAnswers = { cycle: 1, closed_test: ["Ä", null], open_test: ["B", "C"] };
const RUN: RunRecord = {
  id: "abc",
  createdAt: Date.UTC(2026, 10, 29),
  name: "RLAG",
  config: { ...RUN_DEFAULTS, seed: 4, order: [[0, 1]] },
  status: "paused",
  cycle: 1,
  update: 1,
  checkpointId: "abc#0",
  baselines: { chance: 0.25, longest_option: null, string_in_context: 0.5 },
  memory: null,
  gpuAdapter: "some adapter",
  variants: { matmulNt: "tiled" },
  fingerprint: { documents: "d", questions: "q", embedder: "models/embedder-static" },
  extended: [{ cycles: 1, updates: 16, learning_rate: [0.001, 0.002] }],
  label: { name: "Mine", note: "two seeds more", colour: 2, use: null, deletedAt: null },
  error: null,
};
const QUESTIONS: Question[] = ["Ä", "C"].map((answer) => ({
  question: `Which letter is ${answer}?`,
  options: { A: answer, B: "B" },
  answer,
  evidence: null,
  relation: null,
  phrasings: [],
  bridge: null,
}));
const FILE: RunFile = {
  ...factsOf(RUN),
  rows: [update, cycle],
  answers: [answers],
  questions: null,
  adapter: null,
};

describe("a run file", () => {
  test("comes back as it was, with the name and the note a person gave it; what was under way has stopped", async () => {
    const read = await readRunFile(await writeRunFile(FILE), "a.closedbook");
    expect(read).toEqual(FILE);
    expect(read).toMatchObject({ name: "Mine", note: "two seeds more", status: "stopped" });
  });

  test("carries an adapter's files byte for byte, and no documents or questions", async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);
    const adapter = { cycle: 1, files: [{ name: "adapter_model.safetensors", content: new Blob([bytes]) }] };
    const archive = await writeRunFile({ ...FILE, adapter });
    const read = await readRunFile(archive, "a.closedbook");
    expect(read.adapter?.cycle).toBe(1);
    expect(new Uint8Array(await read.adapter!.files[0]!.content.arrayBuffer())).toEqual(bytes);
    expect((await openZip(archive, "a")).map(({ path }) => path)).toEqual([
      "run.json",
      "rows.jsonl",
      "answers.jsonl",
      "adapter/adapter_model.safetensors",
    ]);
  });

  test("takes the held-out questions along where it is told to, but not the wordings they are trained in", async () => {
    const said = QUESTIONS.map((question) => ({ ...question, phrasings: ["The letter?"] }));
    const read = await readRunFile(await writeRunFile({ ...FILE, questions: said }), "a.closedbook");
    expect(read.questions).toEqual(QUESTIONS);
  });

  test("of an earlier version reads with what came later as it was then", async () => {
    const { thorough: _later, ...older } = RUN_DEFAULTS;
    const read = await readRunFile(await changed({ config: older }), "a.closedbook");
    expect(read.config.thorough).toBe(SETTINGS.thorough.before);
    expect(SETTINGS.thorough.before).not.toBe(SETTINGS.thorough.default);
    const bare = { type: "cycle", cycle: 0, question_visits: 0, passage_visits: 0, supervised_tokens: 0 };
    const lines = `${JSON.stringify({ ...bare, updates: 0, seconds: 1, closed_test: 0.2 })}\n`;
    const { rows } = await readRunFile(await changed({}, { "rows.jsonl": lines }), "a.closedbook");
    expect(rows).toMatchObject([{ closed_test: 0.2, open_test: null, kl: null }]);
  });
});

/** The file with fields of run.json changed, other entries replaced or (null) left out. */
async function changed(fields: object, entries: Record<string, string | null> = {}): Promise<Blob> {
  const files = await openZip(await writeRunFile(FILE), "a");
  const texts = new Map<string, string>();
  for (const { path, read } of files) texts.set(path, new TextDecoder().decode(await read()));
  texts.set("run.json", JSON.stringify({ ...JSON.parse(texts.get("run.json")!), ...fields }));
  for (const [path, text] of Object.entries(entries))
    if (text === null) texts.delete(path);
    else texts.set(path, text);
  return zip([...texts].map(([name, text]) => ({ name, content: new Blob([text]) })));
}

const line = (row: object): string => `${JSON.stringify(row)}\n`;

describe("a hostile run file is refused by name", () => {
  const told: [string, () => Promise<Blob> | Blob, RegExp][] = [
    ["no zip", () => new Blob(["hello"]), /x\.closedbook: it is no \.zip/],
    [
      "cut off",
      async () => (await writeRunFile(FILE)).slice(0, 300),
      /x\.closedbook: it is no \.zip, or its end is missing/,
    ],
    [
      "another program's",
      () => changed({ format: "recipe" }),
      /format must be "closed-book run", got "recipe"/,
    ],
    ["a later version's", () => changed({ version: 2 }), /version 2, this page reads 1; open it in a newer/],
    ["without run.json", () => zip([]), /run\.json is missing/],
    ["without rows", () => changed({}, { "rows.jsonl": null }), /rows\.jsonl is missing/],
    ["no JSON", () => changed({}, { "run.json": "{" }), /x\.closedbook, run\.json/],
    ["run.json a list", () => changed({}, { "run.json": "[]" }), /run\.json must be an object, got \[\]/],
    [
      "settings wrong and unknown",
      () => changed({ config: { ...RUN_DEFAULTS, cycles: "many", warp: 9 } }),
      /its settings: unknown key "warp".*cycles must be an integer ≥ 0, got "many"/,
    ],
    ["a date that is none", () => changed({ date: "soon" }), /date must be a date, got "soon"/],
    [
      "a status that is none",
      () => changed({ status: "running" }),
      /status must be finished, stopped or fail/,
    ],
    ["a name that is none", () => changed({ name: { toString: 1 } }), /name must be a text, got \{/],
    ["variants of numbers", () => changed({ variants: { a: 1 } }), /variants\.a must be a text, got 1/],
    [
      "baselines of texts",
      () => changed({ baselines: { chance: "x" } }),
      /baselines\.chance must be a number/,
    ],
    [
      "extended without rates",
      () => changed({ extended: [{ cycles: 1, updates: 1 }] }),
      /learning_rate must be/,
    ],
    [
      "a row of another type",
      () => changed({}, { "rows.jsonl": line({ ...cycle, type: "flip" }) }),
      /rows\.jsonl, line 1: type must be "cycle" or "update", got "flip"/,
    ],
    [
      "a row with a text for a number",
      () => changed({}, { "rows.jsonl": line(update) + line({ ...cycle, open_test: "<b>" }) }),
      /rows\.jsonl, line 2\.open_test must be a number, got "<b>"/,
    ],
    [
      "a row without its cycle",
      () => changed({}, { "rows.jsonl": line({ ...cycle, cycle: -1 }) }),
      /rows\.jsonl, line 1\.cycle must be an integer ≥ 0, got -1/,
    ],
    [
      "a row of infinite seconds",
      () => changed({}, { "rows.jsonl": line(cycle).replace("3.25", "1e999") }),
      /line 1\.seconds must be a number/,
    ],
    [
      "answers of numbers",
      () => changed({}, { "answers.jsonl": line({ ...answers, open_test: [1] }) }),
      /answers\.jsonl, line 1\.open_test must be a text, got 1/,
    ],
    [
      "questions that are not those of its answers",
      () => changed({}, { "questions.jsonl": line(QUESTIONS[0]!) }),
      /questions\.jsonl has 1 questions, answers\.jsonl answers 2/,
    ],
    [
      "a question whose answer is no option",
      () =>
        changed({}, { "questions.jsonl": line(QUESTIONS[0]!) + line({ ...QUESTIONS[1]!, answer: "<b>" }) }),
      /questions\.jsonl, line 2: answer must be one of its options, got "<b>"/,
    ],
    ["an adapter that is not there", () => changed({ adapter: { cycle: 1 } }), /its files are missing/],
    [
      "an adapter nobody announced",
      () => changed({}, { "adapter/x": "1" }),
      /run\.json: adapter must be an object, got null/,
    ],
  ];
  test.for(told)("%s", async ([, make, says]) => {
    await expect(readRunFile(await make(), "x.closedbook")).rejects.toThrow(says);
    await expect(readRunFile(await make(), "x.closedbook")).rejects.toMatchObject({
      code: expect.stringMatching(/^bad-(data|config)$/),
    });
  });

  test("a few bytes that say they are gigabytes", async () => {
    const archive = new Uint8Array(await (await writeRunFile(FILE)).arrayBuffer());
    const view = new DataView(archive.buffer);
    const directory = view.getUint32(archive.length - 6, true);
    view.setUint32(directory + 24, 2 ** 31, true); // run.json, unpacked
    await expect(readRunFile(new Blob([archive]), "x.closedbook")).rejects.toThrow(
      /run\.json has 2147483648 bytes unpacked, at most 268435456 are read/,
    );
  });
});

test("rows are many: a long run's file is a tenth of its text", async () => {
  const rows: MetricRow[] = Array.from({ length: 2000 }, (_, i) => ({
    ...update,
    update: i,
    loss: 2 - i / 2000,
  }));
  const archive = await writeRunFile({ ...FILE, rows });
  expect(archive.size).toBeLessThan(JSON.stringify(rows).length / 10);
  expect((await readRunFile(archive, "a")).rows).toEqual(rows);
});

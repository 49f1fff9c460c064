/**
 * SmolLM2-135M-Instruct (GGUF, Q4_1) through full RLAG cycles on eight Current Events questions, by the runner. The eight are learned and asked
 * again: what rises is what it remembers of them, not what it could infer. Needs ../shared; many minutes on a software adapter, resumable:
 *
 *   node test/bench/smollm2Run.mjs
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, process.env.SHARED ?? "../shared");
const work = join(root, ".cache/smollm2");
const QUESTIONS = 8;

/** @param {string} file */
const text = (file) => readFileSync(join(shared, "data/current-events", file), "utf8");
/** @param {string} name @param {unknown} value */
const write = (name, value) => writeFileSync(join(work, name), `${JSON.stringify(value, null, 1)}\n`);

mkdirSync(work, { recursive: true });
const lines = text("CurrentEvents.txt")
  .split("\n")
  .filter((line) => line.trim() !== "");
write("documents.json", [{ id: "current-events", title: "Current events", passages: lines }]);
const questions = JSON.parse(text("CurrentEvents_test.json"))
  .slice(0, QUESTIONS)
  .map((/** @type {Record<string, unknown>} */ { question, options, answer }) => ({
    question,
    options,
    answer,
  }));
write("train.json", questions);
write("test.json", questions);
const settings = {
  objective: "rlag",
  answers: "options",
  k: 1,
  cycles: 4,
  updates: 2,
  batch_size: QUESTIONS,
  learning_rate: 1e-3,
  r: 8,
  lora_alpha: 16,
  explain_every: 0,
  seed: 0,
};
write("config.json", {
  model: join(shared, "models/smollm2-135m-instruct"),
  data: work,
  embedder: "models/embedder-static",
  ...settings,
});
const out = join(work, "run");
const { status } = spawnSync(
  process.execPath,
  [join(root, "test/lab.mjs"), "run", "--config", join(work, "config.json"), "--out", out],
  { cwd: root, stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);
const { config: _, ...report } = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
const result = {
  date: new Date().toISOString().slice(0, 10),
  command: "node test/bench/smollm2Run.mjs",
  model: "SmolLM2-135M-Instruct.Q4_1.gguf",
  data: `the first ${QUESTIONS} questions of CurrentEvents_test.json, learned and asked again; ${lines.length} lines of CurrentEvents.txt as passages`,
  settings,
  ...report,
};
writeFileSync(join(root, "test/bench/results/smollm2.json"), `${JSON.stringify(result, null, 1)}\n`);

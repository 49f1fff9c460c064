/**
 * The PEFT directory we export, loaded by PEFT (PyPI), gives our log-probabilities to 1e-3 (issue 4 §9): the built-in model, a
 * tiny random model of every family, and SmolLM2 where ../shared is. Needs a Python with torch, transformers, peft, gguf:
 *
 *   PYTHON=/path/to/python node test/bench/peft.mjs
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { writeRandomAdapter } from "./randomAdapter.mjs";

const BAR = 1e-3; // nats a token
const IDS = 250; // of every model's vocabulary
const LENGTHS = [3, 17, 48];

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, process.env.SHARED ?? "../shared");
const folder = mkdtempSync(join(tmpdir(), "closed-book-peft-"));
const fixtures = join(root, "test/fixtures");
const toys = ["llama-tied", "llama3-rope", "qwen2", "qwen3", "gemma3"].map((name) => ({
  name,
  model: join(fixtures, name, "model"),
  gguf: "",
  adapter: join(fixtures, name, "adapter"),
}));
const cases = [
  {
    name: "pocket",
    model: join(root, "public/models/pocket"),
    gguf: "",
    adapter: join(fixtures, "pocket/adapter-warm"),
  },
  ...toys,
];
const smol = join(shared, "models/smollm2-135m-instruct");
if (existsSync(smol)) {
  writeRandomAdapter(join(folder, "random"));
  const gguf = "SmolLM2-135M-Instruct.Q4_1.gguf";
  cases.push({ name: "SmolLM2-135M-Instruct Q4_1", model: smol, gguf, adapter: join(folder, "random") });
}

const sequences = LENGTHS.map((length) =>
  Array.from({ length }, (_, i) => 3 + ((i * 37 + length) % (IDS - 3))),
);
const input = join(folder, "in.jsonl");
const lines = sequences.map((ids) => JSON.stringify({ context_ids: [], completion_ids: ids }));
writeFileSync(input, `${lines.join("\n")}\n`);
const asked = cases.map(({ name, model, gguf, adapter }, i) => {
  const [exported, output] = [join(folder, `adapter-${i}`), join(folder, `out-${i}.jsonl`)];
  const path = join(model, gguf);
  lab("export", "--model", path, "--adapter", adapter, "--format", "peft", "--out", exported);
  lab("score", "--model", path, "--adapter", exported, "--in", input, "--out", output);
  lab("score", "--model", path, "--in", input, "--out", `${output}.base`);
  return {
    name,
    ours: read(output),
    base: read(`${output}.base`),
    request: { model, gguf, adapter: exported, sequences },
  };
});

const { status, stdout, stderr } = spawnSync(
  process.env.PYTHON ?? "python3",
  [join(root, "test/bench/peftLogprobs.py")],
  {
    encoding: "utf8",
    input: asked.map(({ request }) => `${JSON.stringify(request)}\n`).join(""),
    maxBuffer: 1 << 26,
  },
);
if (status !== 0) throw new Error(`peftLogprobs.py failed:\n${stderr}`);
const [versions, ...theirs] = stdout
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const rows = asked.map(({ name, ours, base }, i) => ({
  model: name,
  tokens: ours.length,
  max_difference: worst(ours, theirs[i].flat()), // nats
  max_change: worst(ours, base), // what the adapter does
}));
const result = { date: new Date().toISOString().slice(0, 10), ...versions, bar: BAR, rows };
console.log(result);
writeFileSync(join(root, "test/bench/results/peft.json"), `${JSON.stringify(result, null, 1)}\n`);
process.exit(rows.every((row) => row.max_difference <= BAR && row.max_change > 10 * BAR) ? 0 : 1);

/** @param {string} path @returns {number[]} */
function read(path) {
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .flatMap((line) => JSON.parse(line).token_logprobs);
}

/** @param {number[]} a @param {number[]} b */
function worst(a, b) {
  if (a.length !== b.length) throw new Error(`${a.length} log-probabilities against ${b.length}`);
  return a.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (b[i] ?? Number.NaN))), 0);
}

/** @param {string[]} args */
function lab(...args) {
  const { status, stderr } = spawnSync(process.execPath, [join(root, "test/lab.mjs"), ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`lab ${args.join(" ")} failed:\n${stderr}`);
}

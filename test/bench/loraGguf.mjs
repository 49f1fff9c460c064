/**
 * The LoRA GGUF we export, in llama.cpp itself (issue 4 §9): on SmolLM2 an adapter that moves our log-probabilities by at least 0.5
 * nats a token moves llama.cpp's as much, mean |Δ of the change| ≤ 0.1. llama.cpp rounds activations to 8 bits, we do not:
 * the change is compared, not the value. Needs ../shared and npm, for node-llama-cpp (MIT), which goes into .cache alone:
 *
 *   node test/bench/loraGguf.mjs [QUESTIONS]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { RANDOM_ADAPTER, writeRandomAdapter } from "./randomAdapter.mjs";

const BARS = { change: 0.5, difference: 0.1 }; // nats a token

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, process.env.SHARED ?? "../shared");
const gguf = join(shared, "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
const folder = mkdtempSync(join(tmpdir(), "closed-book-lora-"));

writeRandomAdapter(join(folder, "adapter"));
const lora = join(folder, "adapter.gguf");
lab("export", "--model", gguf, "--adapter", join(folder, "adapter"), "--format", "gguf", "--out", lora);

const { getLlama, version } = await install();
const llama = await getLlama({ gpu: false, build: "never", logLevel: "error" });
const model = await llama.loadModel({ modelPath: gguf });
const { questions } = JSON.parse(readFileSync(join(shared, "fixtures/smollm2/smollm2.json"), "utf8"));
/** @type {{ context_ids: number[], completion_ids: number[] }[]} */
const requests = questions.slice(0, Number(process.argv[2] ?? 12)).map((/** @type {any} */ q) => ({
  context_ids: q.closed.prompt_ids,
  completion_ids: [...model.tokenize(q.answer), ...model.tokenize("<|im_end|>", true)],
}));

const ours = change(score([]), score(["--adapter", join(folder, "adapter")]));
const theirs = change(await evaluate(undefined), await evaluate({ adapters: [{ filePath: lora }] }));
const result = {
  date: new Date().toISOString().slice(0, 10),
  what: "SmolLM2-135M-Instruct Q4_1, answers of Current Events after closed-book prompts; a random adapter on all seven targets",
  llama: `node-llama-cpp ${version}, CPU`,
  adapter: RANDOM_ADAPTER,
  tokens: ours.length,
  mean_change: mean(ours.map(Math.abs)), // nats a token
  mean_change_llama: mean(theirs.map(Math.abs)),
  mean_difference: mean(ours.map((x, i) => Math.abs(x - (theirs[i] ?? Number.NaN)))),
  max_difference: Math.max(...ours.map((x, i) => Math.abs(x - (theirs[i] ?? Number.NaN)))),
  bars: BARS,
};
console.log(result);
writeFileSync(join(root, "test/bench/results/loraGguf.json"), `${JSON.stringify(result, null, 1)}\n`);
await llama.dispose();
process.exit(result.mean_change >= BARS.change && result.mean_difference <= BARS.difference ? 0 : 1);

/** Log-probabilities by our runner. @param {string[]} more @returns {number[]} */
function score(more) {
  const [input, output] = [join(folder, "in.jsonl"), join(folder, "out.jsonl")];
  writeFileSync(input, requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
  lab("score", "--model", gguf, "--in", input, "--out", output, ...more);
  const lines = readFileSync(output, "utf8").trim().split("\n");
  return lines.flatMap((line) => JSON.parse(line).token_logprobs);
}

/** The same by llama.cpp. @param {any} lora */
async function evaluate(lora) {
  const context = await model.createContext({ contextSize: 512, ...(lora && { lora }) });
  /** @type {number[]} */
  const out = [];
  const sequence = context.getSequence();
  for (const { context_ids, completion_ids } of requests) {
    await sequence.clearHistory();
    const ids = [...context_ids, ...completion_ids];
    const input = ids.map((id, i) =>
      i < context_ids.length - 1 || i === ids.length - 1
        ? id
        : [id, { generateNext: { probabilities: true } }],
    );
    const answers = await sequence.controlledEvaluate(input);
    for (const [i, id] of completion_ids.entries())
      out.push(Math.log(answers[context_ids.length - 1 + i].next.probabilities.get(id)));
  }
  await context.dispose();
  return out;
}

/** @param {number[]} before @param {number[]} after */
function change(before, after) {
  return after.map((x, i) => x - (before[i] ?? Number.NaN));
}

/** @param {number[]} values */
function mean(values) {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** @param {string[]} args */
function lab(...args) {
  run(process.execPath, [join(root, "test/lab.mjs"), ...args]);
}

/** @param {string} command @param {string[]} args @param {string} cwd */
function run(command, args, cwd = root) {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stderr}`);
}

/** node-llama-cpp with its prebuilt CPU binary, in .cache/llama. @returns {Promise<any>} */
async function install() {
  const home = join(root, ".cache/llama");
  const entry = join(home, "node_modules/node-llama-cpp");
  if (!existsSync(entry)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), '{ "private": true }\n');
    run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "node-llama-cpp@3"], home);
  }
  const { version } = createRequire(import.meta.url)(join(entry, "package.json"));
  return { ...(await import(pathToFileURL(join(entry, "dist/index.js")).href)), version };
}

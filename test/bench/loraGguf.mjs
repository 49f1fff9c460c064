/**
 * The LoRA GGUF we export, in llama.cpp itself (issue 4 §9): on SmolLM2 an adapter that moves our log-probabilities by at least 0.5
 * nats a token moves llama.cpp's as much, mean |Δ of the change| ≤ 0.1. llama.cpp rounds activations to 8 bits, we do not:
 * the change is compared, not the value. Needs ../shared and an adapter; test/bench/smollm2Run.mjs leaves one:
 *
 *   node test/bench/loraGguf.mjs [ADAPTER]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LLAMA, logSoftmax, openNodeLlama } from "./nodeLlama.mjs";

const BARS = { change: 0.5, difference: 0.1 }; // nats a token
const QUESTIONS = 8;

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, process.env.SHARED ?? "../shared");
const gguf = join(shared, "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf");
const adapter = resolve(process.argv[2] ?? join(root, ".cache/smollm2/run/adapter"));
const folder = mkdtempSync(join(tmpdir(), "closed-book-lora-"));
const lora = join(folder, "adapter.gguf");
lab("export", "--model", gguf, "--adapter", adapter, "--format", "gguf", "--out", lora);

const llama = await openNodeLlama();
const model = await llama.loadModel({ modelPath: gguf });
const { questions } = JSON.parse(readFileSync(join(shared, "fixtures/smollm2/smollm2.json"), "utf8"));
/** @type {{ context_ids: number[], completion_ids: number[] }[]} */
const requests = questions.slice(0, QUESTIONS).map((/** @type {any} */ { answer, closed }) => ({
  context_ids: closed.prompt_ids,
  completion_ids: [...model.tokenize(answer), ...model.tokenize("<|im_end|>", true)],
}));

const ours = { base: score([]), adapted: score(["--adapter", adapter]) };
const theirs = { base: await evaluate(null), adapted: await evaluate(lora) };
await llama.dispose();
const [our, their] = [ours, theirs].map(({ base, adapted }) => differences(adapted, base));
const { r, lora_alpha } = JSON.parse(readFileSync(join(adapter, "adapter_config.json"), "utf8"));
const result = {
  date: new Date().toISOString().slice(0, 10),
  what: `SmolLM2-135M-Instruct Q4_1, ${QUESTIONS} answers of Current Events after closed-book prompts; nats a token`,
  llama: `node-llama-cpp ${LLAMA}, CPU`,
  adapter: { r, lora_alpha, trained: process.argv[2] ? null : "smollm2Run.mjs" },
  tokens: ours.base.length,
  mean_change: mean(our),
  mean_change_llama: mean(their),
  mean_difference: mean(differences(our, their)), // of the changes
  mean_difference_base: mean(differences(ours.base, theirs.base)), // by llama.cpp's rounding
  mean_difference_adapted: mean(differences(ours.adapted, theirs.adapted)),
  bars: BARS,
};
console.log(result);
writeFileSync(join(root, "test/bench/results/loraGguf.json"), `${JSON.stringify(result, null, 1)}\n`);
process.exit(result.mean_change >= BARS.change && result.mean_difference <= BARS.difference ? 0 : 1);

/** Log-probabilities by our runner. @param {string[]} more @returns {number[]} */
function score(more) {
  const [input, output] = [join(folder, "in.jsonl"), join(folder, "out.jsonl")];
  writeFileSync(input, requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
  lab("score", "--model", gguf, "--in", input, "--out", output, ...more);
  const lines = readFileSync(output, "utf8").trim().split("\n");
  return lines.flatMap((line) => JSON.parse(line).token_logprobs);
}

/** The same by llama.cpp. @param {string | null} filePath of a LoRA GGUF */
async function evaluate(filePath) {
  const lora = filePath === null ? {} : { lora: { adapters: [{ filePath }] } };
  const context = await model.createContext({ contextSize: 512, ...lora });
  const sequence = context.getSequence();
  /** @type {number[]} */
  const out = [];
  for (const { context_ids, completion_ids } of requests) {
    await sequence.clearHistory();
    await sequence.evaluateWithoutGeneratingNewTokens(context_ids.slice(0, -1));
    const input = [context_ids.at(-1), ...completion_ids.slice(0, -1)];
    const answers = await sequence.controlledEvaluate(
      input.map((id) => [id, { generateNext: { logits: true } }]),
    );
    for (const [t, id] of completion_ids.entries()) out.push(logSoftmax(answers[t].next.logits, id));
  }
  await context.dispose();
  return out;
}

/** @param {number[] | undefined} a @param {number[] | undefined} b @returns {number[]} */
function differences(a = [], b = []) {
  if (a.length !== b.length) throw new Error(`${a.length} values beside ${b.length}`);
  return a.map((x, i) => x - (b[i] ?? Number.NaN));
}

/** Of absolute values. @param {number[] | undefined} values */
function mean(values = []) {
  return values.reduce((sum, x) => sum + Math.abs(x), 0) / values.length;
}

/** @param {string[]} args */
function lab(...args) {
  const { status, stderr } = spawnSync(process.execPath, [join(root, "test/lab.mjs"), ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`lab ${args.join(" ")} failed:\n${stderr}`);
}

/**
 * SmolLM2's option log-probs by our engine beside llama.cpp's on the same GGUF file (issue 4 §9). llama.cpp rounds activations
 * to 8 bits, so float32 PyTorch (../shared/fixtures/smollm2) differs from it by 0.11 nats a token; the bar for us is 0.13.
 *
 *   node test/bench/llamaCpp.mjs
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { LLAMA, logSoftmax, openNodeLlama } from "./nodeLlama.mjs";

const BARS = { llamaCpp: 0.13, torch: 0.01 }; // nats a token

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, process.env.SHARED ?? "../shared");
const work = join(root, ".cache/llama-cpp");
const folder = join(shared, "models/smollm2-135m-instruct");
const model = join(folder, readdirSync(folder).find((name) => name.endsWith(".gguf")) ?? "");

/** @param {string} command @param {string[]} args @param {string} cwd */
function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
}

const llama = await openNodeLlama();
const lm = await llama.loadModel({ modelPath: model });

/**
 * One context with all its completions; `torch` is what PyTorch says, token by token.
 * @typedef {{ context: number[], completions: number[][], torch: number[][] }} Asked
 */
const rows = JSON.parse(readFileSync(join(shared, "data/current-events/CurrentEvents_test.json"), "utf8"));
const { questions } = JSON.parse(readFileSync(join(shared, "fixtures/smollm2/smollm2.json"), "utf8"));
const end = lm.tokenize("<|im_end|>", true);
/** @type {Asked[]} */
const asked = questions.flatMap((/** @type {any} */ question, /** @type {number} */ i) =>
  [question.open, question.closed].map(({ prompt_ids, token_logprobs }) => ({
    context: prompt_ids,
    completions: Object.keys(token_logprobs).map((key) => [
      ...lm.tokenize(rows[i].options[key], false),
      ...end,
    ]),
    torch: Object.values(token_logprobs),
  })),
);

/** Our log-probs, through the runner. @returns {number[]} */
function ours() {
  const lines = asked.flatMap(({ context, completions }) =>
    completions.map((completion) => JSON.stringify({ context_ids: context, completion_ids: completion })),
  );
  const [input, output] = [join(work, "in.jsonl"), join(work, "out.jsonl")];
  writeFileSync(input, `${lines.join("\n")}\n`);
  const lab = [join(root, "test/lab.mjs"), "score", "--model", model];
  run(process.execPath, [...lab, "--in", input, "--out", output], root);
  return readFileSync(output, "utf8")
    .trim()
    .split("\n")
    .flatMap((line) => JSON.parse(line).token_logprobs);
}

/** llama.cpp's. @returns {Promise<number[]>} */
async function theirs() {
  const longest = Math.max(...asked.map(({ context }) => context.length)) + 128;
  const context = await lm.createContext({ contextSize: longest, batchSize: longest });
  const sequence = context.getSequence();
  const logprobs = [];
  for (const { context: prompt, completions } of asked) {
    await sequence.clearHistory();
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(0, -1));
    for (const completion of completions) {
      await sequence.eraseContextTokenRanges([{ start: prompt.length - 1, end: sequence.nextTokenIndex }]);
      const input = [prompt.at(-1), ...completion.slice(0, -1)];
      const answered = await sequence.controlledEvaluate(
        input.map((token) => [token, { generateNext: { logits: true } }]),
      );
      for (const [t, token] of completion.entries())
        logprobs.push(logSoftmax(answered[t].next.logits, token));
    }
  }
  await context.dispose();
  return logprobs;
}

/** @param {number[]} a @param {number[]} b */
function meanDifference(a, b) {
  if (a.length !== b.length) throw new Error(`${a.length} log-probs beside ${b.length}`);
  return a.reduce((sum, x, i) => sum + Math.abs(x - (b[i] ?? Number.NaN)), 0) / a.length;
}
const torch = asked.flatMap((question) => question.torch.flat());
const base = { ours: ours(), theirs: await theirs() };
const result = {
  date: new Date().toISOString().slice(0, 10),
  about:
    "log-probs of every token of every option of 24 questions, open and closed book, SmolLM2-135M-Instruct Q4_1: mean |difference|, nats a token",
  llamaCpp: `node-llama-cpp ${LLAMA}, llama.cpp ${llama.llamaCppRelease.release}`,
  tokens: torch.length,
  oursToLlamaCpp: meanDifference(base.ours, base.theirs),
  oursToTorch: meanDifference(base.ours, torch),
  torchToLlamaCpp: meanDifference(torch, base.theirs),
  bars: BARS,
};
writeFileSync(join(root, "test/bench/results/llamaCpp.json"), `${JSON.stringify(result, null, 1)}\n`);
console.log(JSON.stringify(result, null, 1));
process.exit(result.oursToLlamaCpp <= BARS.llamaCpp && result.oursToTorch <= BARS.torch ? 0 : 1);

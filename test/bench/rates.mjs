/**
 * Which learning rate does SmolLM2-135M-Instruct (GGUF, Q4_1) learn by? Three rates, eight updates of supervised fine-tuning
 * on eight Current Events questions, answers closed book (the cheapest objective: its sequences are short), by the runner.
 * Resumable, the table has the rates that are done; needs ../shared:
 *
 *   node test/bench/rates.mjs [RATE …]
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, runSmollm2, writeData, writeResult } from "./currentEvents.mjs";

const QUESTIONS = 8;
const RATES = [3e-4, 1e-3, 3e-3];
const folder = join(root, ".cache/rates");
const settings = {
  objective: "sft",
  answers: "options",
  k: 1,
  cycles: 2,
  updates: 4,
  batch_size: QUESTIONS,
  lr_scheduler_type: "linear",
  warmup_steps: 2,
  r: 8,
  lora_alpha: 16,
  explain_every: 0,
  other_data: null,
  seed: 0,
};

writeData(folder, QUESTIONS, 2); // two, so that the evaluation in between takes little
const asked = process.argv.slice(2).map(Number);
const outOf = (/** @type {number} */ rate) => join(folder, `run-${rate}`);
const chosen = RATES.filter((rate) =>
  asked.length === 0 || asked.includes(rate) ? true : existsSync(join(outOf(rate), "report.json")),
);
if (asked.some((rate) => !RATES.includes(rate))) throw new Error(`the rates are ${RATES.join(", ")}`);
let gpuAdapter = null;
const table = chosen.map((learning_rate) => {
  const { report, rows } = runSmollm2(folder, outOf(learning_rate), { ...settings, learning_rate });
  gpuAdapter = report.gpuAdapter;
  const cycles = rows.filter((row) => row.type === "cycle");
  return {
    learning_rate,
    loss: rows.filter((row) => row.type === "update").map((row) => row.loss),
    closed_train: cycles.map((row) => row.closed_train),
    kl: cycles.map((row) => row.kl),
  };
});
writeResult("rates", {
  adapter: gpuAdapter,
  command: "node test/bench/rates.mjs",
  about: `SmolLM2-135M-Instruct Q4_1, sft, ${QUESTIONS} questions of CurrentEvents_test.json: loss of every update (before it), share right closed book and distance to the base after 0, 4 and 8`,
  settings,
  table,
});

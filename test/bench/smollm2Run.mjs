/**
 * SmolLM2-135M-Instruct (GGUF, Q4_1) through full RLAG cycles on eight Current Events questions, by the runner. The eight are learned and asked
 * again: what rises is what it remembers of them, not what it could infer. Needs ../shared; many minutes on a software adapter, resumable:
 *
 *   node test/bench/smollm2Run.mjs
 */
import { join } from "node:path";
import { root, runSmollm2, writeData, writeResult } from "./currentEvents.mjs";

const QUESTIONS = 8;
const work = join(root, ".cache/smollm2");
const settings = {
  objective: "rlag",
  answers: "options",
  k: 1,
  cycles: 4,
  updates: 2,
  batch_size: QUESTIONS,
  learning_rate: 1e-3,
  lr_scheduler_type: "constant",
  warmup_steps: 0,
  r: 8,
  lora_alpha: 16,
  explain_every: 0,
  seed: 0,
};

const lines = writeData(work, QUESTIONS, QUESTIONS);
const { report } = runSmollm2(work, join(work, "run"), settings);
writeResult("smollm2", {
  command: "node test/bench/smollm2Run.mjs",
  model: "SmolLM2-135M-Instruct.Q4_1.gguf",
  data: `the first ${QUESTIONS} questions of CurrentEvents_test.json, learned and asked again; ${lines} lines of CurrentEvents.txt as passages`,
  settings,
  ...report,
});

/**
 * A real model, wholly: SmolLM2-135M-Instruct (GGUF, Q4_1) learns sixteen Current Events facts (currentEventsFacts.json), `credit`
 * against its control with gold texts, both forms. Each fact is learned in two wordings and tested in a third; the passages are all
 * lines of CurrentEvents.txt. Both gaps after every cycle. Goal: explanations, book closed, at 0.6 of their open-book value before
 * training. Needs ../shared; about an hour on a software adapter, resumable:
 *
 *   node test/bench/realModel.mjs [credit] [sft]
 *   node test/bench/realModel.mjs --more 2 [credit] [sft]    (finished ones go on for two more cycles)
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, runSmollm2, writeFacts, writeResult } from "./currentEvents.mjs";

const work = join(root, ".cache/real-model");
/** What an adapter without a GPU has time for; everything else is the method's own, or what fits the model. */
const COMMON = {
  answers: "both",
  phrasings: 1,
  retain: 1,
  retain_share: 0.25,
  cycles: 2,
  updates: 10,
  batch_size: 8,
  learning_rate: 2e-3,
  lr_scheduler_type: "linear",
  warmup_steps: 2,
  r: 8,
  lora_alpha: 16,
  k: 1,
  explain_every: 1,
  thorough: false,
  other_data: null,
  seed: 0,
};
/** @type {Record<string, Record<string, unknown>>} */
const ARMS = {
  credit: { objective: "credit", samples: 1 }, // the greedy answer only
  sft: { objective: "sft" },
};
const GOAL = 0.6;

const passages = writeFacts(work);
const words = process.argv.slice(2);
const longer = words[0] === "--more" ? words.splice(0, 2) : [];
const named = words;
for (const name of named)
  if (!(name in ARMS)) throw new Error(`no arm "${name}"; there are ${Object.keys(ARMS)}`);
const arms = Object.keys(ARMS).filter((name) => named.length === 0 || named.includes(name));
for (const name of arms) {
  const settings = { ...COMMON, ...ARMS[name] };
  const { report, rows } = runSmollm2(work, join(work, name), settings, longer);
  const cycles = rows.filter((row) => row.type === "cycle");
  const of = (/** @type {string} */ key) => cycles.map((row) => /** @type {number} */ (row[key]));
  const [open = 0] = of("open_response");
  const updates = rows.filter((row) => row.type === "update");
  finish(name, {
    settings: { ...settings, cycles: cycles.length - 1 },
    gpuAdapter: report.gpuAdapter,
    share_of_open: Number(((of("closed_response").at(-1) ?? 0) / open).toFixed(3)),
    goal_reached: (of("closed_response").at(-1) ?? 0) >= GOAL * open,
    cycles,
    loss: updates.map((row) => row.loss),
    seconds_of_an_update: updates.map((row) => Math.round(/** @type {number} */ (row.seconds))),
  });
}

/** @param {string} name @param {object} result */
function finish(name, result) {
  const file = join(root, "test/bench/results/realModel.json");
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).arms : {};
  writeResult("realModel", {
    command: "node test/bench/realModel.mjs",
    about: `SmolLM2-135M-Instruct Q4_1, 16 facts of Current Events, ${passages} passages; shares and mean rewards on a held-out wording of each fact, after each cycle; goal: closed_response ≥ ${GOAL} of open_response before training`,
    arms: { ...before, [name]: result },
  });
}

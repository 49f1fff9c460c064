/**
 * The archive preset as whole runs on the archive's second edition, on the runner: four objectives × three seeds with brief
 * answers, `rlag` and `sft` with explanations, and `credit` and its control. One after another, resumable (a run that was cut off goes on where it was), each result kept as
 * test/bench/results/archive/ARM.json. Hours on a software adapter: never part of the tests.
 *
 *   node test/bench/arms.mjs [ARM …]          e.g. node test/bench/arms.mjs rlag-0 sft-response-0
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const work = join(root, ".cache/arms-2"); // of the second edition
const results = join(root, "test/bench/results/archive");

/** Name → settings that differ from the archive preset. Explanations at the first and last cycle, as the reference has them. */
/** @type {Record<string, { objective: string, seed: number, explain_every: number } & Record<string, string | number | null>>} */
const arms = {};
/** @type {(objective: string, seed: number, answers: "options" | "response") => void} */
const arm = (objective, seed, answers) => {
  const name = `${objective}${answers === "response" ? "-response" : ""}-${seed}`;
  arms[name] = { objective, seed, answers, explain_every: 8 };
};
for (const objective of ["rlag", "sft"]) arm(objective, 0, "options");
for (const objective of ["rlag", "sft"]) arm(objective, 0, "response");
for (const objective of ["rlag-paper", "cpt"]) arm(objective, 0, "options");
for (const seed of [1, 2])
  for (const objective of ["rlag", "sft", "rlag-paper", "cpt"]) arm(objective, seed, "options");

// The recorded runs: the default method, its control with gold texts, and that control with brief answers alone, which differs
// from it in nothing else. Explanations every second cycle.
const both = {
  answers: "both",
  phrasings: null,
  retain: 1,
  learning_rate: 4e-3,
  lr_scheduler_type: "linear",
};
for (const seed of [0, 1, 2]) {
  arms[`credit-${seed}`] = { objective: "credit", seed, explain_every: 2 };
  arms[`sft-both-${seed}`] = { objective: "sft", ...both, seed, explain_every: 2 };
  arms[`sft-brief-${seed}`] = { objective: "sft", ...both, answers: "options", seed, explain_every: 2 };
}

/** @param {string[]} args */
const git = (...args) => spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();
/** @type {string[]} */
const wanted = process.argv.slice(2);
for (const name of wanted)
  if (!(name in arms)) throw new Error(`no arm "${name}"; there are ${Object.keys(arms).join(", ")}`);
mkdirSync(work, { recursive: true });
mkdirSync(results, { recursive: true });
for (const name of wanted.length > 0 ? wanted : Object.keys(arms)) {
  const kept = join(results, `${name}.json`);
  if (existsSync(kept)) continue;
  const config = join(work, `${name}.config.json`);
  const out = join(work, name);
  writeFileSync(config, `${JSON.stringify(arms[name], null, 2)}\n`);
  const command = ["run", "--config", config, "--out", out];
  const { status } = spawnSync(process.execPath, [join(root, "test/lab.mjs"), ...command], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
  const meta = {
    date: new Date().toISOString().slice(0, 10),
    command: `node test/bench/arms.mjs ${name}`,
    settings: arms[name],
    provenance: `made by commit ${git("rev-parse", "--short", "HEAD")}, ${git("status", "--porcelain", "src", "shaders", "public") ? "with changes on top" : "a clean checkout"}`,
  };
  writeFileSync(kept, `${JSON.stringify({ ...meta, ...report }, null, 1)}\n`);
  console.log(`${name} done`);
}

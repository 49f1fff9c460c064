/**
 * Runs the experiment's arms on the runner, one after another, in one process; what is finished is passed over, what was cut off goes
 * on where it was. Each arm of each archive leaves test/bench/results/experiment/ARCHIVE-ARM.json: settings, adapter, rows of the
 * cycles, and the outcome of every held-out question before and after. Hours on a software adapter: never part of the tests.
 *
 *   python3 test/bench/experiment/make.py                      (once: the archives)
 *   nice node test/bench/experiment/run.mjs [--archives 11,12] [--arms credit,sft-both] &
 *   node test/bench/experiment/analyse.mjs                     (at any time)
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ARCHIVES, ARMS, configOf } from "./arms.mjs";

const root = resolve(import.meta.dirname, "../../..");
const work = join(root, ".cache/experiment");
const results = join(root, "test/bench/results/experiment");
const lock = join(work, "running.pid");

/** @type {(name: string) => string[] | null} */
const chosen = (name) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? null : (process.argv[at + 1] ?? "").split(",");
};
const archives = ARCHIVES.filter((archive) => chosen("archives")?.includes(String(archive)) ?? true);
const arms = ARMS.filter(({ name }) => chosen("arms")?.includes(name) ?? true);
if (archives.length === 0 || arms.length === 0) {
  throw new Error(
    `nothing chosen; archives are ${ARCHIVES.join(", ")}, arms ${ARMS.map(({ name }) => name).join(", ")}`,
  );
}
mkdirSync(join(work, "runs"), { recursive: true });
mkdirSync(results, { recursive: true });
hold();
for (const archive of archives) for (const arm of arms) runArm(archive, arm);
rmSync(lock);

/** One process at a time: a second one would write into the same folders. */
function hold() {
  const other = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : 0;
  if (other > 0 && alive(other)) throw new Error(`process ${other} is at it already (${lock})`);
  writeFileSync(lock, String(process.pid));
}

/** @param {number} pid */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** @type {(archive: number, arm: import("./arms.mjs").Arm) => void} */
function runArm(archive, arm) {
  const name = `${archive}-${arm.name}`;
  const kept = join(results, `${name}.json`);
  if (existsSync(kept)) return;
  const data = join(work, "data", arm.data(archive));
  if (!existsSync(data))
    throw new Error(`${data} is not there: python3 test/bench/experiment/make.py makes it`);
  const config = join(work, "runs", `${name}.config.json`);
  const out = join(work, "runs", name);
  writeFileSync(config, `${JSON.stringify(configOf(arm, archive, data), null, 2)}\n`);
  const begun = Date.now();
  const command = ["run", "--config", config, "--out", out];
  const { status } = spawnSync(process.execPath, [join(root, "test/lab.mjs"), ...command], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) {
    console.error(`${name} did not end well (${status}); the others go on, another start takes it up again`);
    return;
  }
  const report = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
  /** @type {{ cycle: number, closed_test: (string | null)[], open_test: (string | null)[], closed_reward?: number[], open_reward?: number[] }[]} */
  const answers = readFileSync(join(out, "answers.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  if (answers.at(-1)?.cycle !== report.config.cycles) {
    console.error(`${name} was stopped before its last cycle; another start takes it up again`);
    process.exit(1); // whoever stopped it meant all of it
  }
  /** @type {{ answer: string }[]} */
  const gold = JSON.parse(readFileSync(join(data, "test.json"), "utf8"));
  const outcomes = [answers[0], answers.at(-1)].map((at) => {
    if (at === undefined) throw new Error(`${name}: no answers were stored`);
    const right = (/** @type {(string | null)[]} */ texts) =>
      texts.map((text, i) => (text === null ? null : Number(text === gold[i]?.answer)));
    return {
      cycle: at.cycle,
      closed_test: right(at.closed_test),
      open_test: right(at.open_test),
      closed_response: at.closed_reward ?? null,
      open_response: at.open_reward ?? null,
    };
  });
  const { cycles, gpuAdapter, variants, continued, baselines } = report;
  const result = {
    archive,
    arm: arm.name,
    date: new Date().toISOString().slice(0, 10),
    command: `node test/bench/experiment/run.mjs --archives ${archive} --arms ${arm.name}`,
    provenance: `made by commit ${git("rev-parse", "--short", "HEAD")}, ${git("status", "--porcelain", "--untracked-files=no") ? "with changes on top" : "a clean checkout"}`,
    settings: configOf(arm, archive, `archive ${arm.data(archive)}`),
    gpuAdapter,
    variants,
    continued: continued.length,
    seconds_of_this_start: Math.round((Date.now() - begun) / 1000),
    baselines,
    cycles: [cycles[0], cycles.at(-1)],
    outcomes,
  };
  writeFileSync(kept, `${JSON.stringify(result)}\n`);
  console.log(`${name} done`);
}

/** @param {string[]} args */
function git(...args) {
  return spawnSync("git", args, { cwd: root, encoding: "utf8" }).stdout.trim();
}

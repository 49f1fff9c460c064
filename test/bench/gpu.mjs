/**
 * Everything that is measured on a GPU, in one script: kernels against their references, the products against the measured ceiling,
 * a LoRA step against PyTorch and PEFT on the same card, decoding, the visitor's minute.
 *
 *   node test/bench/gpu.mjs                  here: packs, runs and writes test/bench/results/gpu.NAME.json and .md
 *   node test/bench/gpu.mjs pack             makes .gpu/ (to be carried, under 64 MiB) for a machine without Node and network
 *   bash .gpu/start.sh --out FOLDER          there, in at most 8 minutes; each part is kept as it ends, the same command goes on
 *   node test/bench/gpu.mjs write FOLDER …   here, with the FOLDERs that came back: a later one's parts count
 *
 * `run` (which start.sh hands its options to) takes --only PART[,PART] to measure these anew, --seconds N in all (480), and --try, small
 * sizes to see that it works. $PYTHON is the Python with torch (python3). Plain JavaScript: on the bare machine nothing is built.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { PARTS, table, writeResults } from "./gpu/results.mjs";

const here = import.meta.dirname;
const root = resolve(here, "../..");
const SECONDS = 480;
const LEAST_SECONDS = 5; // a part is not begun with less

/** A run as small as runs are. */
const TRY_RUN = {
  cycles: 1,
  updates: 1,
  batch_size: 2,
  questions: 4,
  explain_every: 0,
  thorough: false,
  other_data: null,
};

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string" },
      only: { type: "string" },
      seconds: { type: "string" },
      try: { type: "boolean" },
    },
  });
  const [command, ...folders] = positionals;
  const options = {
    out: resolve(values.out ?? join(root, ".cache/gpu-result")),
    only: values.only?.split(",") ?? null,
    seconds: Number(values.seconds ?? (command === undefined ? 3600 : SECONDS)),
    isTry: values.try ?? false,
  };
  const staging = () => import("./gpu/stage.mjs"); // not carried
  if (command === "pack") await (await staging()).packAll(join(root, ".gpu"));
  else if (command === "run") runParts(here, options);
  else if (command === "write") say(writeResults(folders, join(root, "test/bench/results")));
  else if (command === undefined) {
    const stage = join(root, ".cache/gpu");
    const { stageBench, stageMachine } = await staging();
    await stageBench(stage);
    stageMachine(stage, false);
    runParts(stage, options);
    if (!options.isTry) say(writeResults([options.out], join(root, "test/bench/results")));
  } else throw new Error(`there is no command ${command}; there are pack, run and write`);
}

/** @param {string} line */
function say(line) {
  console.log(line);
}

/**
 * @typedef {{ out: string, only: string[] | null, seconds: number, isTry: boolean }} RunOptions
 * @typedef {{ seconds: number, result: any, error: string | null }} PartResult
 */

/**
 * Runs what is not in OUT/gpu.json yet, each part in a process of its own, and keeps it there as soon as it ends.
 * @param {string} stage where the bench is unpacked
 * @param {RunOptions} options
 */
export function runParts(stage, { out, only, seconds, isTry }) {
  const unknown = only?.filter((name) => !PARTS.includes(name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`there is no part ${unknown.join(", ")}; there are ${PARTS.join(", ")}`);
  mkdirSync(out, { recursive: true });
  const end = performance.now() + 1000 * seconds;
  const file = join(out, "gpu.json");
  const about = ownPart(stage, out, "about", isTry, 60);
  if (about.result === null) throw new Error(`no adapter: ${about.error}`);
  const { adapter, ...plan } = about.result;
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
  /** @type {{ [name: string]: PartResult }} */
  const parts = before?.adapter.name === adapter.name && before.isTry === isTry ? before.parts : {};
  const whole = () => ({
    date: new Date().toISOString().slice(0, 10),
    adapter,
    ...nvidia(),
    node: process.version,
    isTry,
    parts,
  });
  say(`${adapter.name}; ${seconds} s at most`);
  for (const name of PARTS) {
    if (only ? !only.includes(name) : parts[name]?.result) continue;
    const left = (end - performance.now()) / 1000;
    say(`[${name}]`);
    if (left < LEAST_SECONDS)
      parts[name] = { seconds: 0, result: null, error: `no time was left of ${seconds} s` };
    else if (name === "torch") parts[name] = torchPart(stage, plan, left);
    else if (name === "minute") parts[name] = minutePart(stage, isTry, left);
    else parts[name] = ownPart(stage, out, name, isTry, left);
    const { seconds: took, error } = /** @type {PartResult} */ (parts[name]);
    say(`[${name}] ${error ?? "done"}, ${took.toFixed(1)} s`);
    writeFileSync(file, `${JSON.stringify(whole(), null, 1)}\n`);
  }
  say(table(whole()));
}

/** @param {string} stage @param {string} out @param {string} name @param {boolean} isTry @param {number} limit seconds @returns {PartResult} */
function ownPart(stage, out, name, isTry, limit) {
  const file = join(out, `${name}.part.json`);
  rmSync(file, { force: true });
  const args = [join(stage, "parts/main.js"), name, file, ...(isTry ? ["try"] : [])];
  const ran = timed(process.execPath, args, limit, "inherit");
  if (ran.error !== null || !existsSync(file))
    return { seconds: ran.seconds, result: null, error: ran.error ?? "it wrote nothing" };
  const result = JSON.parse(readFileSync(file, "utf8"));
  rmSync(file);
  return { seconds: ran.seconds, result, error: null };
}

/** @param {string} stage @param {any} plan @param {number} limit @returns {PartResult} */
function torchPart(stage, { shape, steps, products }, limit) {
  const asked = JSON.stringify({ shape, steps, products });
  const ran = timed(process.env.PYTHON ?? "python3", [join(stage, "gpu/lora.py"), asked], limit, "pipe");
  if (ran.error !== null) return { seconds: ran.seconds, result: null, error: ran.error };
  const told = JSON.parse(ran.stdout.trim().split("\n").at(-1) ?? "");
  const { error = null, ...result } = told;
  return { seconds: ran.seconds, result: error === null ? result : null, error };
}

/** The run that a visitor of the page gets who presses Run, by the runner. @param {string} stage @param {boolean} isTry @param {number} limit @returns {PartResult} */
function minutePart(stage, isTry, limit) {
  const folder = mkdtempSync(join(tmpdir(), "closed-book-gpu-"));
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(isTry ? TRY_RUN : {}));
  const args = [join(stage, "lab/main.js"), "run", "--config", config, "--out", join(folder, "run")];
  const { seconds, error, stdout } = timed(process.execPath, args, limit, "pipe");
  const rows = join(folder, "run/metrics.jsonl");
  if (error !== null || !existsSync(rows))
    return { seconds, result: null, error: error ?? `no rows: ${stdout}` };
  const cycles = readFileSync(rows, "utf8")
    .split("\n")
    .filter((line) => line.includes('"cycle"'))
    .map((line) => JSON.parse(line))
    .filter((row) => row.type === "cycle");
  rmSync(folder, { recursive: true });
  const at = (/** @type {any} */ row) => ({ closed_test: row.closed_test, seconds: row.seconds });
  return {
    seconds,
    result: { cycles: cycles.length - 1, first: at(cycles[0]), last: at(cycles.at(-1)) },
    error: null,
  };
}

/**
 * @param {string} program @param {string[]} args @param {number} limit seconds @param {"inherit" | "pipe"} stdout
 * @returns {{ seconds: number, stdout: string, error: string | null }}
 */
function timed(program, args, limit, stdout) {
  const begin = performance.now();
  const ran = spawnSync(program, args, {
    stdio: ["ignore", stdout, stdout === "pipe" ? "pipe" : "inherit"],
    encoding: "utf8",
    timeout: Math.round(1000 * limit),
    killSignal: "SIGKILL",
    maxBuffer: 1 << 28,
  });
  const seconds = (performance.now() - begin) / 1000;
  const errors = (ran.stderr ?? "").trim();
  if (errors) say(errors.slice(-2000));
  const code = /** @type {NodeJS.ErrnoException | undefined} */ (ran.error)?.code;
  const error =
    code === "ETIMEDOUT"
      ? `ended after ${limit.toFixed(0)} s, all that was left`
      : ran.error
        ? `${program}: ${ran.error.message}`
        : ran.status === 0
          ? null
          : `exit ${ran.status ?? ran.signal}: ${errors.split("\n").at(-1) ?? ""}`;
  return { seconds, stdout: ran.stdout ?? "", error };
}

/** Name and driver of the card as its own tool tells them; null where there is none. */
function nvidia() {
  const { status, stdout } = spawnSync(
    "nvidia-smi",
    ["--query-gpu=name,driver_version", "--format=csv,noheader"],
    { encoding: "utf8" },
  );
  const [gpu = null, driver = null] = status === 0 ? (stdout.trim().split("\n")[0]?.split(", ") ?? []) : [];
  return { gpu, driver };
}

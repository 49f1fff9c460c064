/**
 * A bundle's PyTorch program repeats our own run (issue 11 §5): for every objective, one and two processes (gloo, on the CPU)
 * give our run's losses on the built-in model over its first 8 updates to 1e-3, and each other's; token weights made by the
 * program are ours; its adapter scores in `lab score` as in PEFT. Then, of the first case measured: a run that is killed goes on to
 * the same numbers, with one process and with two; FSDP by config; bfloat16; the examples' own command. Needs a Python with public/bundle/requirements.txt:
 *
 *   PYTHON=/path/to/python node test/bench/bundle.mjs [NAME …]
 *
 * With names only these cases are measured anew, the others stay as they were in results/bundle.json. $WORK is a folder that an
 * earlier call left its runs in.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const BAR = 1e-3; // nats
const root = resolve(import.meta.dirname, "../..");
const python = process.env.PYTHON ?? "python3";
const work = process.env.WORK ?? mkdtempSync(join(tmpdir(), "closed-book-bundle-")); // runs there go on
const model = join(root, "public/models/pocket");
const output = join(root, "test/bench/results/bundle.json");

/** Two cycles of four updates: what changes with a cycle is made anew once. */
const SHORT = {
  cycles: 2,
  updates: 4,
  batch_size: 4,
  questions: 10,
  explain_every: 0,
  thorough: false,
  other_data: null,
};
/** @type {Record<string, object>} */
const CASES = {
  sft: { objective: "sft", answers: "options" },
  "sft, both ways, token credit": { objective: "sft", answers: "both", credit: 0.2, phrasings: null },
  rlag: { objective: "rlag", answers: "options" },
  "rlag, both ways": { objective: "rlag", answers: "both" },
  "rlag-paper": { objective: "rlag-paper", answers: "options" },
  credit: { objective: "credit", samples: 2, chains: 0.25 },
  cpt: { objective: "cpt" },
  distill: { objective: "distill", answers: "both" },
  "sft, chains": { objective: "sft", answers: "both", chains: 1, questions: null },
};
const FIELDS = ["loss", "s_z", "s_c", "s_l", "s_w", "s_kl", "s_chain", "reward", "differ"];

const TWO = [python, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "29611"];

const named = process.argv.slice(2);
const last = existsSync(output) ? JSON.parse(readFileSync(output, "utf8")) : { cases: [] };
const before = last.cases;
/** @type {any[]} */
const cases = [];
for (const [name, settings] of Object.entries(CASES)) {
  const known = before.find((/** @type {{ name: string }} */ one) => one.name === name);
  if (named.length > 0 && !named.includes(name)) {
    if (known) cases.push(known);
    continue;
  }
  cases.push(measure(name, { ...SHORT, ...settings }));
  console.log(JSON.stringify(cases.at(-1)));
}
const versions = JSON.parse(run(python, ["-c", VERSIONS()]));
/** @type {Record<string, any>} */
const also = last.also ?? {};
keep();
const folders = cases.flatMap(({ name }) => (existsSync(folderOf(name)) ? [folderOf(name)] : []));
if (folders[0]) await others(folders[0]);
const failed = [
  ...cases.filter((one) => !one.passes).map((one) => one.name),
  ...Object.entries(also).flatMap(([name, { passes }]) => (passes === false ? [name] : [])),
];
console.log(failed.length === 0 ? "all within the bar" : `beyond the bar: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);

function keep() {
  const date = new Date().toISOString().slice(0, 10);
  const result = { date, bar: BAR, ...versions, model: "pocket", cases, also };
  writeFileSync(output, `${JSON.stringify(result, null, 1)}\n`);
}

/** Keeps what was found of one more thing. @param {string} name @param {object} told */
function found(name, told) {
  also[name] = told;
  console.log(name, JSON.stringify(told));
  keep();
}

/** @param {string} name @param {object} settings */
function measure(name, settings) {
  const folder = folderOf(name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "run.json"), JSON.stringify(settings));
  lab("run", "--config", join(folder, "run.json"), "--out", join(folder, "ours"));
  lab("bundle", "--run", join(folder, "ours"), "--out", join(folder, "bundle.zip"));
  run(python, ["-m", "zipfile", "-e", join(folder, "bundle.zip"), join(folder, "bundle")]);
  train(folder, "one", [python]);
  train(folder, "two", TWO);
  const of = (/** @type {string} */ who) => updates(join(folder, who, "metrics.jsonl"));
  const [ours, one, two] = [of("ours"), of("one"), of("two")];
  const to_ours = worst(ours, one, FIELDS);
  const two_to_ours = worst(ours, two, FIELDS);
  const two_to_one = worst(one, two, FIELDS);
  const credit = weights(join(folder, "bundle/run/credit.jsonl"), join(folder, "one/credit.jsonl"));
  const score = scores(folder);
  const chains = of("one").filter((row) => row.s_chain !== null).length; // updates that had some
  const chained = !("chains" in settings) || name === "credit" || chains > 0;
  const changed = Math.abs(ours[0].loss - ours.at(-1).loss);
  const passes =
    [to_ours, two_to_ours, two_to_one, score, ...(credit === null ? [] : [credit])].every((x) => x <= BAR) &&
    ours.length === 8 &&
    chained &&
    changed > 10 * BAR;
  return {
    name,
    updates: ours.length,
    to_ours,
    two_to_ours,
    two_to_one,
    credit,
    score,
    chains,
    changed,
    passes,
  };
}

/** @param {string} name */
function folderOf(name) {
  return join(work, name.replace(/\W+/g, "-"));
}

/** @param {string} folder @param {string} out @param {string[]} launch @param {string[]} [more] */
function train(folder, out, launch, more = []) {
  const [program = "", ...args] = commandOf(folder, out, launch, more);
  run(program, args);
}

/** @param {string} folder @param {string} out @param {string[]} launch @param {string[]} more */
function commandOf(folder, out, launch, more) {
  const rest = ["--model", model, "--out", join(folder, out), "--no-evaluate", "--credit"];
  return [...launch, join(folder, "bundle/train.py"), ...rest, ...more];
}

/** What else a bundle promises, on one that is there, beside the metrics of its single process. @param {string} folder */
async function others(folder) {
  const one = updates(join(folder, "one/metrics.jsonl"));
  const names = { one: [python], two: TWO };
  for (const [who, launch] of Object.entries(names)) {
    const out = `killed-${who}`;
    const at = await killed(folder, out, [python], 3);
    train(folder, out, launch);
    const apart = worst(one, updates(join(folder, out, "metrics.jsonl")), FIELDS);
    const passes = at < one.length && apart <= BAR;
    found(`killed, gone on by ${who}`, { killed_after: at, apart, passes });
  }
  found("accelerate/fsdp.yaml, two processes on the CPU", sharded(folder, one));
  for (const file of ["torchrun.sh", "slurm.sbatch"]) {
    const { status, stderr } = exampled(folder, file);
    const count = status === 0 ? updates(join(folder, `${file}-out/metrics.jsonl`)).length : 0;
    const passes = count === one.length;
    found(`examples/${file}, a cluster's commands replaced`, { updates: count, passes, stderr });
  }
  train(folder, "bf16", [python], ["--dtype", "bfloat16", "--updates", "4"]);
  const bf16 = updates(join(folder, "bf16/metrics.jsonl"));
  const apart = worst(one.slice(0, 4), bf16, ["loss"]);
  found("bfloat16, four updates", { apart, passes: bf16.length === 4 && apart <= 0.1 }); // three digits, of a loss of some nats
}

/** Ends a run by SIGKILL once it has written so many updates. @returns how many it had written */
async function killed(
  /** @type {string} */ folder,
  /** @type {string} */ out,
  /** @type {string[]} */ launch,
  /** @type {number} */ after,
) {
  const [program = "", ...args] = commandOf(folder, out, launch, []);
  const child = spawn(program, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  const metrics = join(folder, out, "metrics.jsonl");
  const count = () => (existsSync(metrics) ? readFileSync(metrics, "utf8").split('"update":').length - 1 : 0);
  while (child.exitCode === null && count() < after) await new Promise((go) => setTimeout(go, 5));
  child.kill("SIGKILL");
  await ended;
  return count();
}

/** The bundle's FSDP by its own config, two processes on the CPU. @param {string} folder @param {any[]} one */
function sharded(folder, one) {
  const config = join(folder, "fsdp-cpu.yaml");
  const yaml = readFileSync(join(folder, "bundle/accelerate/fsdp.yaml"), "utf8");
  writeFileSync(
    config,
    yaml.replace("use_cpu: false", "use_cpu: true").replace(/num_processes: \d+/, "num_processes: 2"),
  );
  const launch = [
    python,
    "-m",
    "accelerate.commands.launch",
    "--config_file",
    config,
    "--main_process_port",
    "29612",
  ];
  try {
    train(folder, "sharded", launch);
  } catch (error) {
    return { apart: null, passes: null, why: String(error).trim().split("\n").slice(-8).join("\n") };
  }
  const apart = worst(one, updates(join(folder, "sharded/metrics.jsonl")), FIELDS);
  return { apart, passes: apart <= BAR };
}

/** An example script as it stands, with two processes: what a cluster has is put before it on PATH. @param {string} folder @param {string} file */
function exampled(folder, file) {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const tools = {
    "nvidia-smi": "printf 'GPU 0\\nGPU 1\\n'",
    scontrol: "echo localhost",
    srun: 'exec "$@"',
    torchrun: `args=(); while [ $# -gt 0 ]; do case $1 in --nproc-per-node) args+=("$1" 2); shift 2;; --nnodes) args+=("$1" 1); shift 2;; train.py) args+=("$1" --no-evaluate); shift;; bfloat16) args+=(float32); shift;; *) args+=("$1"); shift;; esac; done; exec ${python} -m torch.distributed.run "\${args[@]}"`,
  };
  for (const [name, text] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  }
  const bundle = join(folder, "bundle");
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH}`,
    MODEL: model,
    OUT: join(folder, `${file}-out`),
    SLURM_SUBMIT_DIR: bundle,
    SLURM_JOB_NODELIST: "localhost",
    SLURM_NNODES: "2",
    SLURM_JOB_ID: "1",
  };
  const { status, stderr } = spawnSync("bash", [join(bundle, "examples", file)], {
    env,
    cwd: bundle,
    encoding: "utf8",
  });
  return { status, stderr: status === 0 ? "" : stderr.slice(-1000) };
}

/** @param {string} path */
function updates(path) {
  return lines(path).filter((row) => row.type === "update");
}

/** The largest difference of any field of any update; what only one has is as far as can be. */
function worst(/** @type {any[]} */ a, /** @type {any[]} */ b, /** @type {string[]} */ fields) {
  if (a.length !== b.length) throw new Error(`${a.length} updates against ${b.length}`);
  const apart = a.flatMap((row, i) =>
    fields.map((field) => {
      const [x, y] = [row[field] ?? null, b[i][field] ?? null];
      if (x === null && y === null) return 0;
      return x === null || y === null ? Number.POSITIVE_INFINITY : Math.abs(x - y);
    }),
  );
  return Math.max(...apart);
}

/** How far the program's token weights are from ours; null where there are none. */
function weights(/** @type {string} */ ours, /** @type {string} */ theirs) {
  const [a, b] = [lines(ours), lines(theirs)];
  if (a.length === 0) return null;
  return Math.max(
    ...a.map(({ view, form, weights }) => {
      const same = b.find((one) => one.view === view && one.form === form);
      if (same?.weights.length !== weights.length) return Number.POSITIVE_INFINITY;
      return Math.max(
        ...weights.map((/** @type {number} */ w, /** @type {number} */ t) => Math.abs(w - same.weights[t])),
      );
    }),
  );
}

/** The program's adapter in `lab score` against PEFT's log-probabilities: the largest difference, nats a token. */
function scores(/** @type {string} */ folder) {
  const sequences = [3, 17, 48].map((n) => Array.from({ length: n }, (_, i) => 3 + ((i * 37 + n) % 1000)));
  const [input, out] = [join(folder, "in.jsonl"), join(folder, "out.jsonl")];
  writeFileSync(
    input,
    sequences.map((ids) => `${JSON.stringify({ context_ids: [], completion_ids: ids })}\n`).join(""),
  );
  const adapter = join(folder, "one/adapter");
  lab("score", "--model", model, "--adapter", adapter, "--in", input, "--out", out);
  const request = JSON.stringify({ model, gguf: "", adapter, sequences });
  const told = run(python, [join(root, "test/bench/peftLogprobs.py")], request);
  const theirs = JSON.parse(told.trim().split("\n").at(-1) ?? "").flat(); // its first line tells versions
  const ours = lines(out).flatMap(({ token_logprobs }) => token_logprobs);
  if (ours.length !== theirs.length)
    throw new Error(`${ours.length} log-probabilities against ${theirs.length}`);
  return Math.max(...ours.map((x, i) => Math.abs(x - theirs[i])));
}

/** @param {string} path @returns {any[]} */
function lines(path) {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** @param {string[]} args */
function lab(...args) {
  run(process.execPath, [join(root, "test/lab.mjs"), ...args]);
}

/** @param {string} program @param {string[]} args @param {string} [input] */
function run(program, args, input) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    input,
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed:\n${stderr.slice(-4000)}`);
  return stdout;
}

function VERSIONS() {
  return 'import json,torch,transformers,peft,accelerate as a;print(json.dumps({"torch":torch.__version__,"transformers":transformers.__version__,"peft":peft.__version__,"accelerate":a.__version__}))';
}

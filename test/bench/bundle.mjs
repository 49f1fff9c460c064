/**
 * A bundle's PyTorch program repeats our own run (issue 11 §5): for every objective, one and two processes (gloo, on the CPU)
 * give our run's losses on the built-in model over its first 8 updates to 1e-3, and each other's; token weights made by the
 * program are ours; its adapter scores in `lab score` as in PEFT. Needs a Python with public/bundle/requirements.txt:
 *
 *   PYTHON=/path/to/python node test/bench/bundle.mjs [NAME …]
 *
 * With names only these cases are measured anew, the others stay as they were in results/bundle.json.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const BAR = 1e-3; // nats
const root = resolve(import.meta.dirname, "../..");
const python = process.env.PYTHON ?? "python3";
const work = mkdtempSync(join(tmpdir(), "closed-book-bundle-"));
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
};
const FIELDS = ["loss", "s_z", "s_c", "s_l", "s_w", "s_kl", "s_chain", "reward", "differ"];

const named = process.argv.slice(2);
const before = existsSync(output) ? JSON.parse(readFileSync(output, "utf8")).cases : [];
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
const result = { date: new Date().toISOString().slice(0, 10), bar: BAR, ...versions, model: "pocket", cases };
writeFileSync(output, `${JSON.stringify(result, null, 1)}\n`);
const failed = cases.filter((one) => !one.passes).map((one) => one.name);
console.log(failed.length === 0 ? "all within the bar" : `beyond the bar: ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);

/** @param {string} name @param {object} settings */
function measure(name, settings) {
  const folder = join(work, name.replace(/\W+/g, "-"));
  mkdirSync(folder);
  writeFileSync(join(folder, "run.json"), JSON.stringify(settings));
  lab("run", "--config", join(folder, "run.json"), "--out", join(folder, "ours"));
  lab("bundle", "--run", join(folder, "ours"), "--out", join(folder, "bundle.zip"));
  run(python, ["-m", "zipfile", "-e", join(folder, "bundle.zip"), join(folder, "bundle")]);
  train(folder, "one", [python]);
  train(folder, "two", [
    python,
    "-m",
    "torch.distributed.run",
    "--nproc-per-node",
    "2",
    "--master-port",
    "29611",
  ]);
  const of = (/** @type {string} */ who) => updates(join(folder, who, "metrics.jsonl"));
  const [ours, one, two] = [of("ours"), of("one"), of("two")];
  const to_ours = worst(ours, one, FIELDS);
  const two_to_ours = worst(ours, two, FIELDS);
  const two_to_one = worst(one, two, FIELDS);
  const credit = weights(join(folder, "bundle/run/credit.jsonl"), join(folder, "one/credit.jsonl"));
  const score = scores(folder);
  const changed = Math.abs(ours[0].loss - ours.at(-1).loss);
  const passes =
    [to_ours, two_to_ours, two_to_one, score, ...(credit === null ? [] : [credit])].every((x) => x <= BAR) &&
    ours.length === 8 &&
    changed > 10 * BAR;
  return { name, updates: ours.length, to_ours, two_to_ours, two_to_one, credit, score, changed, passes };
}

/** @param {string} folder @param {string} out @param {string[]} launch */
function train(folder, out, launch) {
  const [program = "", ...args] = launch;
  const rest = ["--model", model, "--out", join(folder, out), "--no-evaluate", "--credit"];
  run(program, [...args, join(folder, "bundle/train.py"), ...rest]);
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

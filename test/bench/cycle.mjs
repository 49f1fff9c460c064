/**
 * One whole `rlag` cycle in the runner on lavapipe beside the reference program's (PyTorch, two threads), run alternately on the
 * same machine; the bar is a ratio ≤ 1 (issue 3 §7.5). Needs ../shared and a Python with torch, numpy, onnxruntime, tokenizers:
 *
 *   PYTHON=/path/to/python node test/bench/cycle.mjs [ROUNDS]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, process.env.SHARED ?? "../shared");
const python = process.env.PYTHON ?? "python3";
const rounds = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(join(tmpdir(), "closed-book-cycle-"));
writeFileSync(
  join(folder, "config.json"),
  JSON.stringify({ objective: "rlag", cycles: 1, explain_every: 0 }),
);

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${stderr}`);
  return stdout;
}

/** Seconds from the end of cycle 0 (evaluation only) to the end of cycle 1, as our runner records them. @param {number} round */
function ours(round) {
  const out = join(folder, `out-${round}`);
  run(process.execPath, [
    join(root, "test/lab.mjs"),
    "run",
    "--config",
    join(folder, "config.json"),
    "--out",
    out,
  ]);
  const cycles = readFileSync(join(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((l) => JSON.parse(l))
    .filter((r) => r.type === "cycle");
  return cycles[1].seconds - cycles[0].seconds;
}

/** The same of the reference program, whose clock has whole seconds. */
function reference() {
  const where = ["reference/cycle.py", "models/pocket", "data/archive"].map((p) => join(shared, p));
  const args = [
    ...where,
    "--embedder",
    join(shared, "models/embedder-static"),
    "--objective",
    "rlag",
    "--seed",
    "0",
    "--threads",
    "2",
    "--cycles",
    "1",
  ];
  const rows = run(python, args)
    .split("\n")
    .filter((l) => l.startsWith('{"cycle"'))
    .map((l) => JSON.parse(l));
  return rows[1].s - rows[0].s;
}

/** @type {{ ours: number[], reference: number[] }} */
const seconds = { ours: [], reference: [] };
ours(-1); // builds the runner, fills the shader cache
for (let round = 0; round < rounds; round++) {
  seconds.ours.push(ours(round));
  seconds.reference.push(reference());
  console.log(
    `round ${round}: ours ${seconds.ours.at(-1)?.toFixed(1)} s, reference ${seconds.reference.at(-1)} s`,
  );
}
/** @param {number[]} xs */
const median = (xs) => xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)] ?? Number.NaN;
const ratio = median(seconds.ours) / median(seconds.reference);
const adapter = JSON.parse(readFileSync(join(folder, "out--1", "run.json"), "utf8")).gpuAdapter;
const result = {
  date: new Date().toISOString().slice(0, 10),
  adapter,
  about:
    "one rlag cycle of the archive preset (16 updates of 16 questions, then the evaluation), seconds of wall time, alternating runs",
  seconds,
  ratio,
  bar: 1,
};
writeFileSync(join(root, "test/bench/results/cycle.json"), `${JSON.stringify(result, null, 1)}\n`);
console.log(JSON.stringify(result, null, 1));
process.exit(ratio <= 1 ? 0 : 1);

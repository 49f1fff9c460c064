/**
 * The objectives that are no arm of the experiment, once each: do they do what the literature says of them? Brief answers, four cycles
 * on the archive's second edition, by the runner, resumable; kept in test/bench/results/objectives.json, objectives.md is the table.
 *
 *   node test/bench/objectives.mjs [NAME …]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const work = join(root, ".cache/objectives");
const kept = join(root, "test/bench/results/objectives.json");
const COMMON = { answers: "options", cycles: 4, explain_every: 0, seed: 0 };
/** What is expected of each, from where it was published. */
const EXPECTED = {
  sft: "for comparison: answers are learned",
  "cpt+sft": "reads first, then imitates: half of the updates teach answers",
  distill: "learns what the open book says, right or wrong",
  sdft: "the same on its own answers: slower, on-policy (2601.19897)",
  simpo: "prefers the open-book answer; nothing but the margin raises it (2405.14734)",
  grpo: "redistributes what the model can do already and adds no facts: stays near the base (2605.07153)",
};

/** @typedef {Record<string, number | null>} Row */
/** @typedef {{ settings: object, date: string, gpuAdapter: string, cycles: Row[], reward: (number | null)[] }} Run */
/** @type {Record<string, Run>} */
const runs = existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : {};
const named = process.argv.slice(2);
for (const name of named)
  if (!(name in EXPECTED)) throw new Error(`no "${name}"; there are ${Object.keys(EXPECTED).join(", ")}`);
for (const objective of Object.keys(EXPECTED)) {
  if (objective in runs || (named.length > 0 && !named.includes(objective))) continue;
  const settings = { objective, ...COMMON };
  const [config, out] = [join(work, `${objective}.config.json`), join(work, objective)];
  mkdirSync(work, { recursive: true });
  writeFileSync(config, `${JSON.stringify(settings, null, 2)}\n`);
  const command = [join(root, "test/lab.mjs"), "run", "--config", config, "--out", out];
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  const { gpuAdapter, cycles } = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
  if (cycles.at(-1).cycle !== COMMON.cycles) process.exit(1); // stopped; the next start goes on
  const reward = cycles.map((/** @type {Row} */ { reward_train }) => reward_train);
  runs[objective] = { settings, date: new Date().toISOString().slice(0, 10), gpuAdapter, cycles, reward };
  writeFileSync(kept, `${JSON.stringify(runs, null, 1)}\n`);
}

const points = (/** @type {number | null | undefined} */ x) =>
  typeof x === "number" ? (100 * x).toFixed(1) : "–";
const lines = Object.entries(EXPECTED).flatMap(([name, expected]) => {
  const run = runs[name];
  if (!run) return [];
  const of = (/** @type {string} */ key) =>
    [run.cycles[0], run.cycles.at(-1)].map((row) => points(row?.[key])).join(" → ");
  const cells = [of("closed_train"), of("closed_test"), of("open_test"), run.reward.map(points).join(" ")];
  const kl = run.cycles.at(-1)?.kl;
  return [`| ${name} | ${cells.join(" | ")} | ${kl?.toFixed(2) ?? "–"} | ${expected} |`];
});
writeFileSync(
  join(root, "test/bench/results/objectives.md"),
  `${[
    "# The other objectives, once each",
    "",
    `\`node test/bench/objectives.mjs\` (numbers in objectives.json): built-in model, the archive's second edition, ${JSON.stringify(COMMON)},`,
    "else each objective's own defaults. One seed: differences below ten points say nothing. Percent; reward is the mean over what is",
    "taught, or over the samples, cycle by cycle; KL to the base in nats.",
    "",
    "| objective | closed, taught | closed | open | reward by cycle | KL | expected |",
    "|---|---|---|---|---|---|---|",
    ...lines,
    "",
    "Read on 2026-11-29: `grpo` stays where the base is: closed book its samples earn 2 to 3 %, so there is next to nothing to redistribute,",
    "and reading suffers. `sdft` learns about two thirds of what `distill` does and stays nearest to the base (KL 0.39). `simpo` with its",
    "defaults (margin 0.8, β 2, rate 2e-3) pushes both answers down: nothing is learned and the open book falls to 41 %. On held-out wordings `cpt+sft`",
    "learns as much as `sft` in half the updates that teach, and reads worse.",
  ].join("\n")}\n`,
);

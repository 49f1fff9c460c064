/**
 * The arms on the archive's second edition beside the reference programs' runs, as test/bench/results/archive/README.md, and the
 * page's table of them (How it works):
 *
 *   node test/bench/armsTable.mjs
 *
 * Bar, where at least two seeds were run here: the mean closed_test (and closed_response of the forms that explain) after the
 * last cycle within max(6 points, 2·√(sd²_ref/n_ref + sd²_ours/n_ours)) of the reference; both ways for rlag-paper and cpt, from
 * below for the others. What has not been run is a dash.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, "test/bench/results/archive");
const SEEDS = [0, 1, 2];
const MEASURES = [
  "closed_train",
  "closed_test",
  "open_test",
  "closed_exact",
  "closed_2hop",
  "closed_response",
  "open_response",
  "other_open",
  "other_open_response",
];

/** @typedef {{ cycles: Record<string, number | null>[] }} Arm */
/** @type {{ runs: Record<string, Record<string, number[]>> }} */
const reference = JSON.parse(readFileSync(join(folder, "reference.json"), "utf8"));
const RUNS = [...Object.keys(reference.runs), "rlag-response", "sft-response"];

/** @type {(run: string) => Arm[]} */
const armsOf = (run) =>
  SEEDS.map((seed) => join(folder, `${run}-${seed}.json`))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, "utf8")));
/** @param {number[]} xs */
const mean = (xs) => xs.reduce((a, b) => a + b, 0) / xs.length;
/** @param {number[]} xs */
const variance = (xs) => xs.reduce((a, b) => a + (b - mean(xs)) ** 2, 0) / Math.max(1, xs.length - 1);
/** @param {number[]} xs */
const cell = (xs) =>
  xs.length === 0
    ? "–"
    : `${mean(xs).toFixed(1)}${xs.length > 1 ? ` (${Math.sqrt(variance(xs)).toFixed(1)})` : ""}`;
/** Percent, of the arms that measured it. @type {(arms: Arm[], measure: string, cycle: number) => number[]} */
const valuesAt = (arms, measure, cycle) =>
  arms.flatMap(({ cycles }) => {
    const value = cycles.at(cycle)?.[measure];
    return typeof value === "number" ? [100 * value] : [];
  });

const lines = [
  "# The archive preset, whole runs",
  "",
  "On the archive's second edition. Ours: `node test/bench/arms.mjs` (one file an arm beside this one, with date, adapter, kernel",
  "variants and settings). Reference: the PyTorch programs on the same data (reference.json). Percent; mean over the seeds run,",
  "standard deviation in brackets; a dash was not run or not measured. `node test/bench/armsTable.mjs` makes this page.",
  "Runs on the first edition, with easier options, are in [../archive-first](../archive-first/README.md).",
  "",
  "| run | seeds | measure | before | after | reference after | bar |",
  "|---|---|---|---|---|---|---|",
];
let broken = 0;
for (const run of RUNS) {
  const arms = armsOf(run);
  for (const measure of MEASURES) {
    const after = valuesAt(arms, measure, -1);
    const wanted = reference.runs[run]?.[measure] ?? [];
    if (after.length === 0 && wanted.length === 0) continue;
    let verdict = "–";
    if (["closed_test", "closed_response"].includes(measure) && after.length > 1 && wanted.length > 0) {
      const spread = variance(wanted) / wanted.length + variance(after) / after.length;
      const limit = Math.max(6, 2 * Math.sqrt(spread));
      const difference = mean(after) - mean(wanted);
      const holds = ["rlag-paper", "cpt"].includes(run)
        ? Math.abs(difference) <= limit
        : difference >= -limit;
      verdict = holds ? "holds" : "**broken**";
      if (!holds) broken++;
    }
    const before = cell(valuesAt(arms, measure, 0));
    lines.push(
      `| ${run} | ${arms.length} | ${measure} | ${before} | ${cell(after)} | ${cell(wanted)} | ${verdict} |`,
    );
  }
}
writeFileSync(join(folder, "README.md"), `${lines.join("\n")}\n`);
console.log(lines.join("\n"));

// What the page says of these runs: means, percent; only once there are some, until then it has those on the first edition.
const rounded = (/** @type {number[]} */ xs) => (xs.length === 0 ? null : Number(mean(xs).toFixed(1)));
const all = RUNS.flatMap(armsOf);
if (all.length > 0) {
  const columns = (/** @type {Arm[]} */ arms, /** @type {number} */ cycle) => ({
    closed: rounded(valuesAt(arms, "closed_test", cycle)),
    open: rounded(valuesAt(arms, "open_test", cycle)),
    explained: rounded(valuesAt(arms, "closed_response", cycle)),
    elsewhere: rounded(valuesAt(arms, "other_open_response", cycle)),
  });
  const runs = RUNS.flatMap((run) => {
    const arms = armsOf(run);
    return arms.length === 0 ? [] : [{ run, seeds: arms.length, ...columns(arms, -1) }];
  });
  const page = { edition: "second", before: columns(all, 0), runs };
  writeFileSync(join(root, "src/app/panels/how/archiveRuns.json"), `${JSON.stringify(page, null, 2)}\n`);
}
process.exit(broken > 0 ? 1 : 0);

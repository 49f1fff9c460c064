/**
 * The arms beside the reference program's runs, as test/bench/results/archive/README.md:
 *
 *   node test/bench/armsTable.mjs
 *
 * Bars: cycle 0 within one question of the reference; at cycles 4 and 8 the mean closed_test within
 * max(6 points, 2·√((sd²_ref + sd²_ours)/3)), both ways for rlag-paper and cpt, from below for rlag and sft; with explanations
 * closed_response at cycle 8 at most 8 points below. What has not been run is a dash.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = join(resolve(import.meta.dirname, "../.."), "test/bench/results/archive");
/** Means and standard deviations over three seeds, percent, from the reference program (cycle.py) on the same data. */
const reference = JSON.parse(readFileSync(join(folder, "reference.json"), "utf8"));

/** @param {string} name */
const load = (name) => {
  const file = join(folder, `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
};
/** @param {number[]} xs */
const mean = (xs) => xs.reduce((a, b) => a + b, 0) / xs.length;
/** @param {number[]} xs */
const sd = (xs) =>
  xs.length < 2 ? 0 : Math.sqrt(xs.reduce((a, b) => a + (b - mean(xs)) ** 2, 0) / (xs.length - 1));
/** @param {number | null} x */
const show = (x) => (x === null || Number.isNaN(x) ? "–" : x.toFixed(1));

const MEASURES = [
  "closed_train",
  "closed_test",
  "open_test",
  "closed_2hop",
  "closed_response",
  "open_response",
];
const lines = [
  "# The archive preset, whole runs",
  "",
  "Ours: `node test/bench/arms.mjs` (one file an arm beside this one, with date, adapter, kernel variants and settings).",
  "Reference: the PyTorch program on the same data, figures from its README. Percent; mean over the seeds run, standard",
  "deviation in brackets; a dash was not run. `node test/bench/armsTable.mjs` makes this page.",
  "",
  "| run | seeds | measure | cycle 0 | 4 | 8 | reference 0 | 4 | 8 | bar |",
  "|---|---|---|---|---|---|---|---|---|---|",
];
let held = 0;
let broken = 0;
for (const [run, measures] of Object.entries(reference.runs)) {
  const seeds = run.endsWith("-response") ? [0] : [0, 1, 2];
  const arms = seeds.map((s) => load(`${run}-${s}`)).filter((a) => a !== null);
  for (const measure of MEASURES) {
    const ref = measures[measure];
    if (!ref) continue;
    const at = (/** @type {number} */ c) =>
      arms
        .map((a) => a.cycles[c]?.[measure])
        .filter((x) => typeof x === "number")
        .map((x) => 100 * x);
    const ours = /** @type {[number[], number[], number[]]} */ ([0, 4, 8].map(at));
    /** @type {string[]} */
    const verdicts = [];
    const judge = (/** @type {boolean} */ ok) => {
      verdicts.push(ok ? "holds" : "**broken**");
      ok ? held++ : broken++;
    };
    const questions = arms[0]?.questions;
    const count = measure.endsWith("train")
      ? questions?.train
      : measure.endsWith("2hop")
        ? questions?.twohop
        : questions?.test;
    if (arms.length > 0 && !measure.endsWith("response"))
      judge(Math.abs(mean(ours[0]) - ref[0][0]) <= 100 / count + 0.06);
    if (measure === "closed_test" && !run.endsWith("-response") && arms.length === 3) {
      for (const i of /** @type {const} */ ([1, 2])) {
        const limit = Math.max(6, 2 * Math.sqrt((ref[i][1] ** 2 + sd(ours[i]) ** 2) / 3));
        const difference = mean(ours[i]) - ref[i][0];
        judge(run === "rlag" || run === "sft" ? difference >= -limit : Math.abs(difference) <= limit);
      }
    }
    if (measure === "closed_response" && run.endsWith("-response") && arms.length > 0)
      judge(mean(ours[2]) >= ref[2][0] - 8);
    const cell = (/** @type {number[]} */ xs) =>
      xs.length === 0 ? "–" : `${show(mean(xs))}${xs.length > 1 ? ` (${show(sd(xs))})` : ""}`;
    const refCell = (/** @type {[number, number] | null} */ r) =>
      r ? `${show(r[0])}${r[1] === null ? "" : ` (${show(r[1])})`}` : "–";
    lines.push(
      `| ${run} | ${arms.length} | ${measure} | ${ours.map(cell).join(" | ")} | ${ref.map(refCell).join(" | ")} | ${verdicts.join(", ") || "–"} |`,
    );
  }
}
// What the page says of these runs (How it works): means at the last cycle, percent; null where nothing was run.
const last = (/** @type {string} */ run, /** @type {string} */ measure) => {
  const arms = [0, 1, 2].map((s) => load(`${run}-${s}`)).filter((a) => a !== null);
  const values = arms.map((a) => a.cycles[8]?.[measure]).filter((x) => typeof x === "number");
  return values.length === 0 ? null : Number((100 * mean(values)).toFixed(1));
};
const page = ["rlag-response", "sft-response", "rlag", "sft", "cpt", "rlag-paper"].map((run) => ({
  run,
  seeds: [0, 1, 2].filter((s) => load(`${run}-${s}`) !== null).length,
  closed: last(run, "closed_test"),
  open: last(run, "open_test"),
  explained: last(run, "closed_response"),
}));
const pageFile = join(resolve(import.meta.dirname, "../.."), "src/app/panels/how/archiveRuns.json");
writeFileSync(pageFile, `${JSON.stringify(page, null, 2)}\n`);
lines.push("", `${held} bars hold, ${broken} are broken.`, "");
writeFileSync(join(folder, "README.md"), lines.join("\n"));
console.log(lines.join("\n"));
process.exit(broken > 0 ? 1 : 0);

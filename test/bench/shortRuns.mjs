/**
 * How long the short runs take that lessons offer, on the runner, one after another; written where the page reads it:
 *
 *   nice node test/bench/shortRuns.mjs
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const file = join(root, "src/app/panels/lessons/shortRuns.json");
const settings = JSON.parse(readFileSync(file, "utf8"));
const work = mkdtempSync(join(tmpdir(), "short-runs-"));
mkdirSync(work, { recursive: true });

/** @type {Record<string, number>} */
const seconds = {};
let gpuAdapter = "";
for (const [name, own] of Object.entries(settings.runs)) {
  const config = join(work, `${name}.json`);
  const out = join(work, name);
  writeFileSync(config, JSON.stringify({ ...settings.every, ...own }));
  const args = [join(root, "test/lab.mjs"), "run", "--config", config, "--out", out];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  const rows = readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n");
  seconds[name] = Math.round(JSON.parse(rows.at(-1) ?? "{}").seconds);
  ({ gpuAdapter } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")));
}
rmSync(work, { recursive: true });
// How fast the same adapter multiplies, by which the page reckons the time on others (app/held.ts).
const gemm = JSON.parse(readFileSync(join(root, "test/bench/results/gemm.node.json"), "utf8"));
const product = gemm.rows.find(
  (/** @type {{ product: string, weights: string, M: number, N: number }} */ row) =>
    row.product === "matmulNt" && row.weights === "F32" && row.M === 256 && row.N === 1536,
);
const flopsPerSecond = gemm.adapter === gpuAdapter ? product.gflops * 1e9 : null;
const took = { date: new Date().toISOString().slice(0, 10), gpuAdapter, seconds, flopsPerSecond };
writeFileSync(file, `${JSON.stringify({ ...settings, took }, null, 2)}\n`);

/**
 * Makes the recorded runs that the page replays for visitors who have not run anything yet, out of finished arms:
 *
 *   node test/bench/record.mjs credit-0 sft-both-0 rlag-0 sft-brief-0        (first = shown first)
 *
 * A recording stays as it is where the rows of its arm are not at hand: they lie where the arm was run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const target = join(root, "public/recorded");
const names = process.argv.slice(2);
if (names.length === 0) throw new Error("name the arms to record, as in test/bench/results/archive");
mkdirSync(target, { recursive: true });

for (const name of names) {
  const out = join(target, `${name}.closedbook`);
  const run = join(root, ".cache/arms-2", name);
  if (!existsSync(join(run, "metrics.jsonl")) && existsSync(out)) continue;
  const lab = ["test/lab.mjs", "pack", "--run", run, "--out", out];
  const { status } = spawnSync(process.execPath, lab, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
writeFileSync(join(target, "index.json"), `${JSON.stringify(names.map((name) => `${name}.closedbook`))}\n`);

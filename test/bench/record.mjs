/**
 * Makes the recorded runs that the page replays for visitors who have not run anything yet, out of finished arms:
 *
 *   node test/bench/record.mjs credit-0 sft-both-0 rlag-0 sft-0        (first = shown first)
 *
 * A recording stays as it is where the rows of its arm are not at hand: they lie where the arm was run.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const target = join(root, "public/recorded");
const names = process.argv.slice(2);
if (names.length === 0) throw new Error("name the arms to record, as in test/bench/results/archive");
mkdirSync(target, { recursive: true });

for (const name of names) {
  const out = join(root, ".cache/arms-2", name);
  if (!existsSync(join(out, "metrics.jsonl")) && existsSync(join(target, `${name}.json`))) continue;
  /** @param {string} file */
  const lines = (file) =>
    readFileSync(join(out, file), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const { config, gpuAdapter, baselines, date } = JSON.parse(
    readFileSync(join(root, "test/bench/results/archive", `${name}.json`), "utf8"),
  );
  const recorded = {
    config,
    gpuAdapter,
    date,
    baselines,
    rows: lines("metrics.jsonl"),
    answers: lines("answers.jsonl"),
  };
  writeFileSync(join(target, `${name}.json`), `${JSON.stringify(recorded)}\n`);
}
writeFileSync(join(target, "index.json"), `${JSON.stringify(names.map((name) => `${name}.json`))}\n`);

/**
 * All recorded runs of the page, made anew in one go: the arms that are not there yet (a run that was cut off goes on where it was),
 * the table of the arms, and the recordings out of them. Started again, it does what is left.
 *
 *   nice node test/bench/recordings.mjs [ARM …]      by default those the page shows, the first first
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const SHOWN = ["credit-0", "sft-both-0", "rlag-0", "sft-brief-0"];
const names = process.argv.length > 2 ? process.argv.slice(2) : SHOWN;

/** @type {(script: string, ...args: string[]) => number} */
const run = (script, ...args) =>
  spawnSync(process.execPath, [join(import.meta.dirname, script), ...args], { stdio: "inherit" }).status ?? 1;

const arms = run("arms.mjs", ...names);
if (arms !== 0) process.exit(arms);
const bars = run("armsTable.mjs"); // says which bars are broken; the recordings are what they are
run("record.mjs", ...names);
process.exit(bars);

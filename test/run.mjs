/**
 * `npm test`: the machine's missing parts, types, lint, then the vitest projects, two at a time, the page's alone at the end, and a
 * last plain line with the sum. `node test/run.mjs PROJECT…` runs only those projects; `--shared` adds the project of that name; any
 * other word runs only the files that have it in their path (`npm run bench -- gemm`).
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { inTurns } from "./helpers/turns.mjs";
import { findFirefox, prepare, root } from "./machine.mjs";

const reports = join(root, ".cache", "test");
const bin = (/** @type {string} */ path) => join(root, "node_modules", path);
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const broken = []; // what failed beside the tests
/** @typedef {import("./helpers/turns.mjs").Print} Print */
/** @typedef {import("./helpers/turns.mjs").Job} Job */

const options = process.argv.slice(2);
const words = options.filter((option) => !option.startsWith("--"));
const standard = ["unit", "app", "chromium-gpu", "node-gpu", "firefox", "node-floor", "e2e"];
const all = [...standard, "shared", "bench", "bench-chromium", "bench-firefox"];
const named = words.filter((word) => all.includes(word));
const filters = words.filter((word) => !all.includes(word));
const wanted = named.length > 0 ? named : [...standard];
if (options.includes("--shared")) wanted.push("shared");

broken.push(...prepare((line) => console.log(`[machine] ${line}`)));
const hasFirefox = findFirefox() !== null;
const projects = wanted.filter((project) => !project.includes("firefox") || hasFirefox);
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });
/** @type {Job[]} */
const checks = [
  (print) => check("types", [bin("typescript/bin/tsc")], print),
  (print) => check("lint", [bin("@biomejs/biome/bin/biome"), "ci"], print),
];
const jobsOf = (/** @type {string[]} */ names) =>
  names.map((name) => (/** @type {Print} */ print) => test(name, print));
// Most projects keep one core busy. A page is waited for as long as a person would wait, and what is measured wants quiet.
const isAlone = (/** @type {string} */ project) => /^(e2e|bench)/.test(project);
const beside = jobsOf(projects.filter((project) => !isAlone(project)));
await inTurns([...(words.length === 0 ? checks : []), ...beside], Math.min(2, availableParallelism()));
await inTurns(jobsOf(projects.filter(isAlone)), 1);

if (filters.length > 0 && total.passed + total.failed === 0)
  broken.push(`no test file has ${filters.join(" or ")} in its path`);

if (!hasFirefox && wanted.some((project) => /firefox|e2e/.test(project)))
  console.log("NOT RUN: kernels and page in Firefox: none is here; install it, or set FIREFOX to its path");
for (const line of broken) console.log(`FAILED: ${line}`);
if (total.skipped > 0) console.log("FAILED: no test may be skipped");
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(broken.length + total.failed + total.skipped > 0 ? 1 : 0);

/**
 * Runs a Node program and prints what it says.
 * @param {string} name
 * @param {string[]} args
 * @param {Print} print
 */
async function check(name, args, print) {
  print(`\n[${name}]\n`);
  const begin = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: "1" }) },
  });
  child.stdout.on("data", print);
  child.stderr.on("data", print);
  const status = await new Promise((resolve) => child.on("close", resolve));
  print(`[${name}] ${status === 0 ? "ok" : `exit ${status}`}, ${seconds(begin)} s\n`);
  if (status !== 0) broken.push(name);
  return status === 0;
}

/**
 * Runs one vitest project and adds its results to the total.
 * @param {string} project
 * @param {Print} print
 */
async function test(project, print) {
  const report = join(reports, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const only = filters.length > 0 ? ["--passWithNoTests", ...filters] : [];
  const vitest = [bin("vitest/vitest.mjs"), "run", "--project", project, ...reporters, ...only];
  const good = await check(project, vitest, print);
  const found = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
  const failed = (found?.numFailedTests ?? 0) + (found?.testResults.filter(brokenFile).length ?? 0);
  total.passed += found?.numPassedTests ?? 0;
  total.failed += failed === 0 && !good ? 1 : failed; // a crash, or no file at all, is a failure too
  total.skipped += found ? found.numPendingTests + found.numTodoTests : 0;
  if (good && !found?.numTotalTests && filters.length === 0) broken.push(`${project}: no test ran`);
}

/**
 * Whether a file failed without a test that did: it did not load, or a hook threw.
 * @param {{ status: string, assertionResults: { status: string }[] }} file
 */
function brokenFile({ status, assertionResults }) {
  return status === "failed" && !assertionResults.some((result) => result.status === "failed");
}

/** @param {number} begin */
function seconds(begin) {
  return ((performance.now() - begin) / 1000).toFixed(0);
}

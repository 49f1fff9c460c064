/**
 * The suite on the devices that people have and `npm test` has not, or not all of it: the least that WebGPU promises, and
 * subgroups of 4 and 8. Counts and seconds go to results/floors.json as each configuration ends:
 *
 *   node test/bench/floors.mjs [NAME…]
 *
 * What the device was is said by the tests themselves (test/kernels/device.test.ts), which fail where it is not the one asked for.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { gpuEnv, root } from "../machine.mjs";

const kernels = ["test/kernels/"];
const training = ["test/training/"];
const device = "test/kernels/device";
const least = { GPU_FLOOR: "1" };

/** A project of vite.config.ts, the paths of its files, and the environment. @type {Record<string, { project: string, files: string[], env: Record<string, string> }>} */
const configurations = {
  "least device: kernels": { project: "node-gpu", files: kernels, env: least },
  "least device: training": { project: "node-gpu", files: training, env: least },
  "least device: shared fixtures": { project: "shared", files: [], env: least },
  "vectors of 128 bits: kernels": { project: "node-gpu", files: kernels, env: width(128) },
  "vectors of 128 bits: training": { project: "node-gpu", files: training, env: width(128) },
  "vectors of 256 bits: kernels": { project: "node-gpu", files: kernels, env: width(256) },
  "vectors of 256 bits: training": { project: "node-gpu", files: training, env: width(256) },
  "SwiftShader, least device: kernels": { project: "chromium-gpu", files: kernels, env: least },
  "Firefox: kernels": { project: "firefox", files: kernels, env: {} },
};

/** Mesa is not known to keep shaders of several widths apart, so each has a cache of its own. @param {number} bits @returns {Record<string, string>} */
function width(bits) {
  const cache = join(root, ".cache", `mesa-${bits}`);
  return { LP_NATIVE_VECTOR_WIDTH: String(bits), MESA_SHADER_CACHE_DIR: cache };
}

const file = join(root, "test/bench/results/floors.json");
const folder = join(root, ".cache", "floors");
const names = process.argv.slice(2);
for (const name of names)
  if (!(name in configurations))
    throw new Error(
      `no configuration is called “${name}”; there are: ${Object.keys(configurations).join("; ")}`,
    );
mkdirSync(folder, { recursive: true });
let bad = false;
for (const [name, { project, files, env }] of Object.entries(configurations)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n[${name}]`);
  const before = loadavg()[0];
  const found = run(project, files, env);
  const load = [before, loadavg()[0]].map((value) => Number(value?.toFixed(1))); // seconds say little where others wait too
  // Only the kernels' tests say what the device is: for others in Node it is asked beside them, in the same environment.
  const told = files === kernels ? found.device : run("node-gpu", [device], env).device;
  if (!told) throw new Error(`${name}: no test said what the device is, so nothing is written`);
  const result = {
    date: new Date().toISOString().slice(0, 10),
    project,
    files,
    env: plain(env),
    ...found,
    cores: availableParallelism(),
    load,
    device: told,
  };
  const results = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  writeFileSync(
    file,
    `${JSON.stringify({ command: "node test/bench/floors.mjs", ...results, [name]: result }, null, 1)}\n`,
  );
  console.log(JSON.stringify({ [name]: result }, null, 1));
  bad ||= found.failed > 0;
}
process.exit(bad ? 1 : 0);

/**
 * One run of vitest.
 * @param {string} project
 * @param {string[]} files
 * @param {Record<string, string>} env
 * @returns {{ passed: number, failed: number, failures: string[], seconds: number, device: object | null }}
 */
function run(project, files, env) {
  const report = join(folder, `${process.pid}.json`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const patience = ["--testTimeout=600000", "--hookTimeout=600000"]; // what is counted is right and wrong, not fast and slow
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project", project];
  const args = [...vitest, ...patience, ...reporters, ...files];
  const begin = performance.now();
  spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...gpuEnv(), ...env },
    stdio: "inherit",
  });
  const seconds = Math.round((performance.now() - begin) / 1000);
  if (!existsSync(report)) throw new Error(`vitest wrote no report of ${project}`);
  /** @type {{ numPassedTests: number, testResults: { name: string, status: string, assertionResults: { status: string, fullName: string, meta: { device?: object } }[] }[] }} */
  const { numPassedTests: passed, testResults } = JSON.parse(readFileSync(report, "utf8"));
  const tests = testResults.flatMap((one) => one.assertionResults);
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((t) => t.status === "failed"),
  );
  const failures = [
    ...tests.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
    ...unloaded.map(({ name }) => `${name} did not load`),
  ];
  const told = tests.find(({ meta }) => meta.device)?.meta.device ?? null;
  return { passed, failed: failures.length, failures, seconds, device: told };
}

/** The environment as another machine would set it. @param {Record<string, string>} env */
function plain({ MESA_SHADER_CACHE_DIR: _, ...env }) {
  return env;
}

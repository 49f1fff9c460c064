/** llama.cpp as node-llama-cpp (MIT) brings it, for benches alone: its CPU build for Linux x64, installed into .cache; no dependency of the product. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

export const LLAMA = "3.22.1"; // of node-llama-cpp

const work = resolve(import.meta.dirname, "../../.cache/llama-cpp");

/** @returns {Promise<any>} its `Llama` object */
export async function openNodeLlama() {
  if (!existsSync(join(work, "node_modules/node-llama-cpp"))) {
    mkdirSync(work, { recursive: true });
    writeFileSync(join(work, "package.json"), '{"private":true,"type":"module"}\n');
    const packages = [`node-llama-cpp@${LLAMA}`, `@node-llama-cpp/linux-x64@${LLAMA}`];
    const args = ["install", "--ignore-scripts", "--omit=optional", ...packages];
    const { status } = spawnSync("npm", args, { cwd: work, stdio: ["ignore", 2, 2] });
    if (status !== 0) throw new Error("npm install of node-llama-cpp failed");
  }
  const entry = pathToFileURL(join(work, "node_modules/node-llama-cpp/dist/index.js")).href;
  const { getLlama, LlamaLogLevel } = await import(entry);
  return getLlama({
    gpu: false,
    maxThreads: 1, // several wait for each other by spinning: hours on a machine that does anything else
    build: "never",
    skipDownload: true,
    logLevel: LlamaLogLevel.error,
  });
}

/** The log-probability of a token. @param {Map<number, number>} logits @param {number} token */
export function logSoftmax(logits, token) {
  let max = Number.NEGATIVE_INFINITY;
  for (const x of logits.values()) max = Math.max(max, x);
  let sum = 0;
  for (const x of logits.values()) sum += Math.exp(x - max);
  return (logits.get(token) ?? Number.NaN) - max - Math.log(sum);
}

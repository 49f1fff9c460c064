/** The script for GPU machines (test/bench/gpu.mjs) works as it is carried: away from the repository, with nothing but system tools. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { goalsOf, PARTS, table, writeResults } from "../bench/gpu/results.mjs";
import { stageBench, stageMachine } from "../bench/gpu/stage.mjs";
import { gpuEnv } from "../machine.mjs";

const stage = resolve(import.meta.dirname, "../../.cache/gpu-test");
const SYSTEM = "/usr/bin:/bin";

test("packed, run small, each part kept as it ends; what is not there is null with its reason", {
  timeout: 600_000,
}, async () => {
  await stageBench(stage);
  stageMachine(stage, false);
  const room = mkdtempSync(join(tmpdir(), "closed-book-bare-")); // no node_modules above it
  const out = join(room, "out");
  cpSync(stage, join(room, "bench"), { recursive: true });
  const {
    VK_DRIVER_FILES = "",
    XDG_RUNTIME_DIR = "",
    MESA_SHADER_CACHE_DIR = "",
  } = {
    ...process.env,
    ...gpuEnv(),
  };
  const env = { PATH: SYSTEM, PYTHON: "no-python", VK_DRIVER_FILES, XDG_RUNTIME_DIR, MESA_SHADER_CACHE_DIR };
  const run = (...args: string[]) => {
    const all = [join(room, "bench/gpu.mjs"), "run", "--try", "--seconds", "900", "--out", out, ...args];
    const { status, stderr, stdout } = spawnSync(process.execPath, all, { env, cwd: room, encoding: "utf8" });
    expect(status, `${stdout}${stderr}`).toBe(0);
    return JSON.parse(readFileSync(join(out, "gpu.json"), "utf8"));
  };
  const first = run("--only", "kernels");
  expect(Object.keys(first.parts)).toEqual(["kernels"]);
  const whole = run();
  expect(whole.parts.kernels).toEqual(first.parts.kernels); // not measured again
  expect(Object.keys(whole.parts).sort()).toEqual([...PARTS].sort());

  const { kernels, gemm, model, torch, minute } = whole.parts;
  expect(kernels.result.failed).toEqual([]);
  expect(kernels.result.checked).toBe(8);
  expect(gemm.result.rows).toHaveLength(4);
  for (const row of gemm.result.rows) expect(row.share_of_fma).toBeGreaterThan(0);
  expect(model.result.steps.map((s: { projections: string }) => s.projections)).toEqual(["F32"]);
  for (const step of model.result.steps) expect(step.median_seconds).toBeGreaterThan(0);
  const { median_seconds, tokens_per_s } = model.result.decode; // four tokens, once: they may take no time that can be told
  expect(tokens_per_s).toEqual(median_seconds > 0 ? 4 / median_seconds : null);
  expect(torch).toMatchObject({ result: null, error: expect.stringContaining("no-python") });
  expect(minute.result).toMatchObject({ cycles: 1, last: { closed_test: expect.any(Number) } });

  const goals = goalsOf(whole);
  expect(goals.map(({ met }) => met)).toEqual([null, null, null, null]); // small sizes say nothing
  expect(goals.map(({ value }) => value === null)).toEqual([false, false, true, false]);
  expect(goals[2]!.reason).toContain("no-python");
  expect(table(whole)).toContain("Not measured: torch");
  expect(() => writeResults([out], room)).toThrow("tries");
  rmSync(room, { recursive: true });
});

test("goals are met, missed or neither; results of several visits are put together, the later part counts", () => {
  const folder = mkdtempSync(join(tmpdir(), "closed-book-gpu-"));
  const adapter = { name: "a card", isFallbackAdapter: false };
  const about = { date: "2026-01-01", adapter, gpu: "A Card", driver: "1", node: "v20", isTry: false };
  const part = (result: object | null, seconds = 1) => ({ seconds, result, error: result ? null : "ended" });
  const size = { M: 8, K: 8, N: 8, weights: "F32", gflops: 9, product: "matmulNt" };
  const step = { sequences: 1, tokens: 512, projections: "F32", median_seconds: 0.02 };
  const theirs = { ...step, type: "fp32", attention: "sdpa", seconds: 0.03 };
  const visits = [
    {
      ...about,
      parts: {
        kernels: part({ checked: 3, passed: 2, failed: [{ kernel: "k", fault: null, share: 2 }] }),
        gemm: part({ fma_gflops: 10, copy_gb_per_s: 1, rows: [{ ...size, share_of_fma: 0.9 }] }),
        minute: part({ cycles: 8, first: { closed_test: 0.25 }, last: { closed_test: 0.9 } }, 59),
      },
    },
    {
      ...about,
      parts: {
        model: part({
          steps: [step],
          decode: { projections: "Q4_1", tokens_per_s: 3 },
          score: { tokens_per_s: 4 },
        }),
        torch: part({ torch: "2", lora: "PEFT", steps: [theirs], products: [] }),
        minute: part(null),
      },
    },
  ];
  const folders = visits.map((visit, i) => {
    const out = mkdtempSync(join(folder, `${i}-`));
    writeFileSync(join(out, "gpu.json"), JSON.stringify(visit));
    return out;
  });
  const text = writeResults(folders, folder);
  const written = JSON.parse(readFileSync(join(folder, "gpu.a-card.json"), "utf8"));
  expect(written.goals.map((g: { met: boolean }) => g.met)).toEqual([false, true, true, true]);
  expect(written.goals[2].value).toBeCloseTo(1.5);
  expect(text).toContain("- k: 2 of its tolerance");
  const soft = goalsOf({ ...written, adapter: { ...adapter, isFallbackAdapter: true } });
  expect(soft.map(({ met }) => met)).toEqual([null, null, null, null]);
  const slow = goalsOf({ ...written, parts: { ...written.parts, minute: part({}, 61) } });
  expect(slow[3]!.met).toBe(false);
  const nan = { ...written.parts.gemm.result, rows: [{ ...size, share_of_fma: Number.NaN }] };
  expect(goalsOf({ ...written, parts: { ...written.parts, gemm: part(nan) } })[1]!.met).toBe(false);
  rmSync(folder, { recursive: true });
});

/**
 * The matrix products as `npm run lab -- bench` measures them, on lavapipe with one worker thread. The bar (issue 3 §2): X (M, K),
 * W (N, K) f32, M×K×N = 256×576×1536, forward and input gradient, 2·M·K·N / processor time of the worker ≥ 12 GFLOP/s.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import type { BenchRow } from "../../src/lab/bench.ts";
import { writeResult } from "../helpers/results.ts";

test("matrix products on one core", { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "gemm-"));
  const out = join(folder, "bench.json");
  const lab = resolve(import.meta.dirname, "../lab.mjs");
  const { status, stderr } = spawnSync(process.execPath, [lab, "bench", "--out", out], {
    env: { ...process.env, LP_NUM_THREADS: "1" },
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const { adapter, rows }: { adapter: string; rows: BenchRow[] } = JSON.parse(readFileSync(out, "utf8"));
  rmSync(folder, { recursive: true });
  await writeResult("gemm.node", adapter, {
    about:
      "GFLOP/s = 2·M·K·N / time, the best of 7 batches; gflops_per_core by the processor time of the adapter's one worker thread",
    rows: rows.map((row) => ({
      ...row,
      gflops: round(row.gflops),
      gflops_per_core: row.gflops_per_core === null ? null : round(row.gflops_per_core),
    })),
    bar: 12,
  });
  const yardstick = rows.filter(({ M, K, N, weights }) => `${M}×${K}×${N} ${weights}` === "256×576×1536 F32");
  expect(yardstick.map(({ product }) => product)).toEqual(["matmulNt", "matmulNn"]);
  for (const { product, gflops_per_core } of yardstick)
    expect(gflops_per_core, product).toBeGreaterThanOrEqual(12);
});

const round = (value: number): number => Math.round(10 * value) / 10;

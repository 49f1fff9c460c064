/** Attention's kernels on this adapter (helpers/attentionBench), by the processor time of its workers. */
import { test } from "vitest";
import { attentionRates } from "../helpers/attentionBench.ts";
import { workerSeconds } from "../helpers/cpuTime.ts";
import { testGpu } from "../helpers/gpu.ts";
import { writeResult } from "../helpers/results.ts";

test("attention", { timeout: 300_000 }, async () => {
  const gpu = await testGpu();
  await writeResult("attention", gpu.info.name, {
    about: "GFLOP/s a core",
    ...(await attentionRates(gpu, workerSeconds)),
  });
});

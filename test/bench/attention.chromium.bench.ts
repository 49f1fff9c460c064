/** Attention's kernels in Chromium (helpers/attentionBench), by wall time. */
import { test } from "vitest";
import { attentionRates } from "../helpers/attentionBench.ts";
import { testGpu } from "../helpers/gpu.ts";
import { writeResult } from "../helpers/results.ts";

test("attention", { timeout: 600_000 }, async () => {
  const gpu = await testGpu();
  await writeResult("attention.chromium", gpu.info.name, {
    about: "GFLOP/s by wall time",
    ...(await attentionRates(gpu, () => performance.now() / 1000)),
  });
});

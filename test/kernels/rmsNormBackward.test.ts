import { test } from "vitest";
import { rmsNormBackward } from "../../src/gpu/kernels/rmsNormBackward.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { rmsNormReference } from "../../src/gpu/reference/rmsNorm.ts";
import { rmsNormBackwardReference } from "../../src/gpu/reference/rmsNormBackward.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  [1, 1],
  [3, 7],
  [2, 63],
  [2, 64],
  [5, 65],
  [7, 130],
] as const)("rmsNormBackward (T=%i, C=%i), set and added", async ([T, C]) => {
  const x = random(T * C, 1);
  const weight = random(C, 2);
  const dy = random(T * C, 3);
  const dx = random(T * C, 4);
  const rstd = new Float32Array(rmsNormReference(x, weight, T, C, 1e-5).rstd);
  const want = rmsNormBackwardReference(x, weight, rstd, dy, T, C);
  for (const kernel of [rmsNormBackward, withRows(gpu, rmsNormBackward)]) {
    const set = await runKernel(
      gpu,
      kernel,
      { x, weight, rstd, dy, dx: { words: T * C } },
      { T, C, mode: 0 },
    );
    expectClose(set.f32("dx"), want, { ...kernel.tolerance, label: "set" });
    const added = await runKernel(gpu, kernel, { x, weight, rstd, dy, dx }, { T, C, mode: 1 });
    expectClose(
      added.f32("dx"),
      want.map((d, i) => d + dx[i]!),
      { ...kernel.tolerance, label: "added" },
    );
  }
});

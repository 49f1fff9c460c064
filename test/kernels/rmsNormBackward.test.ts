import { test } from "vitest";
import { rmsNormBackward } from "../../src/gpu/kernels/rmsNormBackward.ts";
import { rmsNormBackwardSerial } from "../../src/gpu/kernels/rmsNormBackwardSerial.ts";
import { rmsNormBackwardFor } from "../../src/gpu/kernels/rows.ts";
import { rmsNormReference } from "../../src/gpu/reference/rmsNorm.ts";
import { rmsNormBackwardReference } from "../../src/gpu/reference/rmsNormBackward.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  [1, 4],
  [3, 28],
  [2, 252],
  [2, 256],
  [65, 260],
  [7, 520],
] as const)("rmsNormBackward (T=%i, C=%i), set and added", async ([T, C]) => {
  const x = random(T * C, 1);
  const weight = random(C, 2);
  const dy = random(T * C, 3);
  const dx = random(T * C, 4);
  const rstd = new Float32Array(rmsNormReference(x, weight, T, C, 1e-5).rstd);
  const want = rmsNormBackwardReference(x, weight, rstd, dy, T, C);
  for (const kernel of [rmsNormBackward, rmsNormBackwardSerial, rmsNormBackwardFor(gpu)]) {
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

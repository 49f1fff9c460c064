import { test } from "vitest";
import { rmsNorm } from "../../src/gpu/kernels/rmsNorm.ts";
import { rmsNormSerial } from "../../src/gpu/kernels/rmsNormSerial.ts";
import { rmsNormFor } from "../../src/gpu/kernels/rows.ts";
import { rmsNormReference } from "../../src/gpu/reference/rmsNorm.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu(); // throws without an adapter: the file fails, it does not skip

test.for([
  [1, 1],
  [3, 63],
  [2, 64],
  [5, 65],
  [7, 130],
  [65, 260],
] as const)("rmsNorm (T=%i, C=%i), alone and onto a residual", async ([T, C]) => {
  const x = random(T * C, 1);
  const weight = random(C, 2);
  const r = random(T * C, 3);
  const want = rmsNormReference(x, weight, T, C, 1e-5);
  for (const kernel of C % 4 === 0 ? [rmsNorm, rmsNormSerial, rmsNormFor(gpu)] : [rmsNorm]) {
    for (const mode of [0, 2]) {
      const data = { x, weight, y: { words: T * C }, rstd: { words: T }, r };
      const out = await runKernel(gpu, kernel, data, { T, C, eps: 1e-5, mode });
      const y = mode === 0 ? want.y : want.y.map((v, i) => v + r[i]!);
      expectClose(out.f32("y"), y, { ...kernel.tolerance, label: `y, mode ${mode}` });
      expectClose(out.f32("rstd"), want.rstd, { ...kernel.tolerance, label: `rstd, mode ${mode}` });
    }
  }
});

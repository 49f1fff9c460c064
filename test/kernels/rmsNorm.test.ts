import { expect, test } from "vitest";
import { rmsNorm } from "../../src/gpu/kernels/rmsNorm.ts";
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
] as const)("rmsNorm (T=%i, C=%i)", async ([T, C]) => {
  const x = random(T * C, 1);
  const weight = random(C, 2);
  const out = await runKernel(
    gpu,
    rmsNorm,
    { x, weight, y: { words: T * C }, rstd: { words: T } },
    { T, C, eps: 1e-5 },
  );
  const want = rmsNormReference(x, weight, T, C, 1e-5);
  expectClose(out.f32("y"), want.y, { ...rmsNorm.tolerance, label: "y" });
  expectClose(out.f32("rstd"), want.rstd, { ...rmsNorm.tolerance, label: "rstd" });
  expect(out.f32("y")).toHaveLength(T * C);
});

import { expect, test } from "vitest";
import { gradNormSum } from "../../src/gpu/kernels/gradNormSum.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { gradNormSumReference } from "../../src/gpu/reference/gradNormSum.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([1, 63, 64, 65, 1200])("gradNormSum (count=%i)", async (count) => {
  const partials = random(count, 1).map((x) => 1e3 * Math.abs(x));
  const want = gradNormSumReference(partials);
  for (const kernel of [gradNormSum, withRows(gpu, gradNormSum)]) {
    const out = await runKernel(gpu, kernel, { partials, stats: { words: 2 } }, { count });
    expectClose(out.f32("stats"), want, { ...kernel.tolerance, label: kernel.key });
  }
});

test("gradNormSum of zeros is 0 and sound", async () => {
  const out = await runKernel(
    gpu,
    gradNormSum,
    { partials: new Float32Array(5), stats: { words: 2 } },
    { count: 5 },
  );
  expect([...out.f32("stats")]).toEqual([0, 0]);
});

test.for([
  ["a marked block", [1, Infinity, 2]],
  ["not a number", [1, NaN, 2]],
  ["a sum that overflows", [3e38, 3e38, 3e38]],
] as const)("gradNormSum reports %s", async ([, values]) => {
  const partials = new Float32Array(values);
  const out = await runKernel(gpu, gradNormSum, { partials, stats: { words: 2 } }, { count: 3 });
  expect(out.f32("stats")[1]).toBe(1);
  expect(gradNormSumReference(Array.from(partials, (p) => p * (values[0] > 1 ? 1e300 : 1)))[1]).toBe(1);
});

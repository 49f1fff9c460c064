import { test } from "vitest";
import { sumPartials } from "../../src/gpu/kernels/sumPartials.ts";
import { sumPartialsReference } from "../../src/gpu/reference/sumPartials.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  { splits: 1, I: 1, J: 1, transposed: false, beta: 0 },
  { splits: 3, I: 7, J: 9, transposed: false, beta: 1 },
  { splits: 2, I: 8, J: 8, transposed: true, beta: 0 },
  { splits: 5, I: 16, J: 33, transposed: true, beta: 0.5 },
] as const)("sumPartials (splits=$splits, I=$I, J=$J, transposed=$transposed, beta=$beta)", async (c) => {
  const { splits, I, J, beta } = c;
  const strides = c.transposed ? { si: 1, sj: I + 3 } : { si: J + 2, sj: 1 };
  const shape = { splits, I, J, ...strides, outOffset: 5, beta, scale: 0.75 };
  const partials = random(splits * I * J, 1);
  const out = random((I + 3) * (J + 3) + 5, 2);
  const result = await runKernel(gpu, sumPartials, { partials, out }, shape);
  const want = sumPartialsReference(partials, out, shape);
  expectClose(result.f32("out"), want, { ...sumPartials.tolerance, label: "out" });
});

test("beta 0 ignores what was there, even NaN", async () => {
  const out = new Float32Array(16).fill(Number.NaN);
  const shape = { splits: 1, I: 4, J: 4, si: 4, sj: 1, outOffset: 0, beta: 0, scale: 1 };
  const partials = random(16, 1);
  const result = await runKernel(gpu, sumPartials, { partials, out }, shape);
  expectClose(result.f32("out"), partials, { label: "out" });
});

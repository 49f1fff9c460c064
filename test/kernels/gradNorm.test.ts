import { expect, test } from "vitest";
import { specialise } from "../../src/gpu/kernel.ts";
import { gradNorm, gradNormPartials } from "../../src/gpu/kernels/gradNorm.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { gradNormReference } from "../../src/gpu/reference/gradNorm.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([1, 63, 64, 65, 4095, 4096, 4097, 10_001])("gradNorm (n=%i)", async (n) => {
  const grads = random(n, 1);
  const want = gradNormReference(grads, gradNorm.constants.BLOCK!);
  for (const kernel of [gradNorm, withRows(gpu, gradNorm)]) {
    const data = { grads, partials: { words: gradNormPartials(n) } };
    const out = await runKernel(gpu, kernel, data, { n });
    expectClose(out.f32("partials"), want, { ...kernel.tolerance, label: kernel.key });
  }
});

test("gradNorm beyond 65,535 blocks", async () => {
  const grads = random(65_537 * 4, 1);
  const kernel = specialise(gradNorm, { constants: { WG: 4, BLOCK: 4 } });
  const data = { grads, partials: { words: 65_537 } };
  const out = await runKernel(gpu, kernel, data, { n: grads.length });
  expectClose(out.f32("partials"), gradNormReference(grads, 4), kernel.tolerance);
});

test.for([NaN, Infinity, -Infinity])("gradNorm marks the block that holds %f", async (poison) => {
  const grads = random(9000, 1);
  grads[4096 + 77] = poison;
  const out = await runKernel(gpu, gradNorm, { grads, partials: { words: 3 } }, { n: grads.length });
  const [before, marked, after] = out.u32("partials");
  expect(marked).toBe(0x7f800000);
  expect([before, after].every((bits) => bits! < 0x7f800000)).toBe(true);
});

import { test } from "vitest";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { swiGlu } from "../../src/gpu/kernels/swiGlu.ts";
import { swiGluReference } from "../../src/gpu/reference/swiGlu.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([4, 252, 256, 260, 1004])("swiGlu (n=%i)", async (n) => {
  const gate = random(n, 1).map((x) => 120 * x); // beyond ±88 a careless sigmoid overflows
  const up = random(n, 2);
  for (const kernel of [swiGlu, withRows(gpu, swiGlu)]) {
    const out = await runKernel(gpu, kernel, { gate, up, h: { words: n } }, { n });
    expectClose(out.f32("h"), swiGluReference(gate, up), swiGlu.tolerance);
  }
});

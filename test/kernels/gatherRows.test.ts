import { test } from "vitest";
import { gatherRows } from "../../src/gpu/kernels/gatherRows.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { gatherRowsReference } from "../../src/gpu/reference/gatherRows.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  [1, 4],
  [9, 28],
  [4, 64],
  [13, 20],
  [70, 132],
] as const)("gatherRows (R=%i, C=%i)", async ([R, C]) => {
  const x = random(R * C, 1);
  const rows = new Uint32Array(R).map((_, i) => (i % 5 === 3 ? 0xffffffff : (i * 7 + 2) % R)); // some twice, some none
  for (const kernel of [gatherRows, withRows(gpu, gatherRows)]) {
    const out = await runKernel(gpu, kernel, { x, rows, y: { words: R * C } }, { R, C });
    expectClose(out.f32("y"), gatherRowsReference(x, rows, C), gatherRows.tolerance);
  }
});

import { test } from "vitest";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { storeRows } from "../../src/gpu/kernels/storeRows.ts";
import { storeRowsReference } from "../../src/gpu/reference/storeRows.ts";
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
] as const)("storeRows (R=%i, C=%i)", async ([R, C]) => {
  const x = random(R * C, 1);
  const y = random((R + 3) * C, 2);
  const rows = new Uint32Array(R).map((_, i) => (i % 5 === 3 ? 0xffffffff : R + 2 - i));
  for (const kernel of [storeRows, withRows(gpu, storeRows)]) {
    const out = await runKernel(gpu, kernel, { x, rows, y }, { R, C });
    expectClose(out.f32("y"), storeRowsReference(x, rows, y, C), storeRows.tolerance);
  }
});

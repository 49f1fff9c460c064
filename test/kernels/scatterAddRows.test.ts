import { test } from "vitest";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { scatterAddRows } from "../../src/gpu/kernels/scatterAddRows.ts";
import { scatterAddRowsReference } from "../../src/gpu/reference/scatterAddRows.ts";
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
] as const)("scatterAddRows (T=%i, C=%i), 0 to 4 rows each", async ([T, C]) => {
  const R = 11;
  const x = random(R * C, 1);
  const offsets = new Uint32Array(T + 1);
  for (let t = 0; t < T; t++) offsets[t + 1] = offsets[t]! + ((t * 3 + 1) % 5);
  const list = new Uint32Array(offsets[T]!).map((_, n) => (n * 5 + 2) % R);
  const want = scatterAddRowsReference(x, offsets, list, T, C);
  for (const kernel of [scatterAddRows, withRows(gpu, scatterAddRows)]) {
    const out = await runKernel(gpu, kernel, { x, offsets, list, y: { words: T * C } }, { T, C });
    expectClose(out.f32("y"), want, scatterAddRows.tolerance);
  }
});

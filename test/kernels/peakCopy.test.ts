import { test } from "vitest";
import { peakCopy } from "../../src/gpu/kernels/peakCopy.ts";
import { peakCopyReference } from "../../src/gpu/reference/peakCopy.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([4, 252, 256, 260, 1028])("peakCopy (n=%i)", async (n) => {
  const x = random(n, 1);
  const out = await runKernel(gpu, peakCopy, { x, y: { words: n } }, { n });
  expectClose(out.f32("y"), peakCopyReference(x), peakCopy.tolerance);
});

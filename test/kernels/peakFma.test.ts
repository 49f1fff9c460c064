import { test } from "vitest";
import { peakFma } from "../../src/gpu/kernels/peakFma.ts";
import { peakFmaReference } from "../../src/gpu/reference/peakFma.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  [4, 0],
  [4, 1],
  [252, 5],
  [256, 17],
  [260, 33],
  [1028, 3],
] as const)("peakFma (n=%i, rounds=%i)", async ([n, rounds]) => {
  const start = random(n, 1);
  const [a, b] = [0.75, 0.125]; // exact in float32
  const out = await runKernel(gpu, peakFma, { start, y: { words: n } }, { n, rounds, a, b });
  expectClose(out.f32("y"), peakFmaReference(start, rounds, a, b), peakFma.tolerance);
});

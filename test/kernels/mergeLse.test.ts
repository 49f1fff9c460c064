import { expect, test } from "vitest";
import { mergeLse } from "../../src/gpu/kernels/mergeLse.ts";
import { mergeLseReference } from "../../src/gpu/reference/mergeLse.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  [1, 1],
  [63, 2],
  [64, 7],
  [65, 16],
  [130, 3],
] as const)("mergeLse (R=%i, tiles=%i)", async ([R, tiles]) => {
  const partials = random(R * tiles * 2, 1).map((v, i) => (i % 2 === 0 ? 30 * v : 1 + 63 * Math.abs(v)));
  const targetLogit = random(R, 2).map((v) => 10 * v);
  const targets = Uint32Array.from({ length: R }, (_, r) => (r % 3 === 2 ? 0xffffffff : r));
  const data = { partials, targetLogit, targets, logprob: { words: R } };
  const out = await runKernel(gpu, mergeLse, data, { R, tiles });
  const want = mergeLseReference(partials, targetLogit, targets, R, tiles);
  expectClose(out.f32("logprob"), want.logprob, { ...mergeLse.tolerance, label: "logprob" });
  expect(out.f32("logprob")).toHaveLength(R);
});

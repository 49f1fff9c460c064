import { expect, test } from "vitest";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { sequenceMeans } from "../../src/gpu/kernels/sequenceMeans.ts";
import { sequenceMeansReference } from "../../src/gpu/reference/sequenceMeans.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([1, 63, 64, 65, 130])("sequenceMeans (S=%i)", async (S) => {
  const offsets = new Uint32Array(S + 1);
  for (let s = 0; s < S; s++) offsets[s + 1] = offsets[s]! + [1, 0, 7, 300][s % 4]!; // one token, none, some, many
  const logprob = random(offsets[S]!, 1).map((x) => 5 * x - 5);
  const want = sequenceMeansReference(logprob, offsets, S);
  for (const kernel of [sequenceMeans, withRows(gpu, sequenceMeans)]) {
    const out = await runKernel(gpu, kernel, { logprob, offsets, means: { words: S } }, { S });
    expectClose(out.f32("means"), want, { ...kernel.tolerance, label: kernel.key });
    if (S > 1) expect(out.f32("means")[1]).toBe(0);
  }
});

import { expect, test } from "vitest";
import { advanceDecode } from "../../src/gpu/kernels/advanceDecode.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { advanceDecodeReference } from "../../src/gpu/reference/advanceDecode.ts";
import { testGpu } from "../helpers/gpu.ts";
import { runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  [1, 1],
  [63, 512],
  [64, 0xffffffff],
  [65, 40],
] as const)("advanceDecode (B=%i, window=%i)", async ([B, window]) => {
  const state = Uint32Array.from({ length: 8 * B }, (_, i) =>
    i % 8 === 2 ? Number(i % 5 === 0) : (i * 7919) % 5003,
  );
  const cacheStart = Uint32Array.from({ length: B }, (_, b) => 300 * b);
  const want = advanceDecodeReference(state, cacheStart, window);
  for (const kernel of [advanceDecode, withRows(gpu, advanceDecode)]) {
    const outputs = {
      ids: { words: B },
      positions: { words: B },
      spans: { words: 4 * B },
      local: { words: 4 * B },
      cacheRow: { words: B },
    };
    const out = await runKernel(gpu, kernel, { state, cacheStart, ...outputs }, { B, window });
    for (const name of ["ids", "positions", "spans", "local", "cacheRow"] as const)
      expect([...out.u32(name)], name).toEqual(want[name]);
    expect(out.u32("state")).toEqual(state);
  }
});

import { expect, test } from "vitest";
import { roundUp } from "../../src/core/shape.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { topTokens } from "../../src/gpu/kernels/topTokens.ts";
import { topTokensReference } from "../../src/gpu/reference/topTokens.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  [1, 1, 1, 0],
  [3, 63, 5, 2],
  [2, 64, 64, 0],
  [5, 65, 20, 7],
  [2, 2051, 20, 1],
  [1, 262_145, 20, 0], // Gemma's, and one
] as const)("topTokens (R=%i, V=%i, count=%i, rowOffset=%i)", async ([R, V, count, rowOffset]) => {
  const ld = roundUp(V, 4);
  const logits = random(R * ld, 1).map((x) => Math.round(40 * x) / 4); // many are equal
  for (let r = 0; r < R; r++) for (let v = V; v < ld; v++) logits[r * ld + v] = 99; // padding
  const want = topTokensReference(logits, { R, V, ld, count });
  for (const kernel of [topTokens, withRows(gpu, topTokens)]) {
    const rows = rowOffset + R;
    const data = {
      logits,
      ids: new Uint32Array(rows * count).fill(7),
      logprobs: new Float32Array(rows * count).fill(-7),
    };
    const out = await runKernel(gpu, kernel, data, { R, V, ld, count, rowOffset });
    const from = rowOffset * count;
    expect([...out.u32("ids").subarray(from)]).toEqual([...want.ids]);
    expectClose(out.f32("logprobs").subarray(from), want.logprobs, kernel.tolerance);
    expect(out.u32("ids").subarray(0, from)).toEqual(data.ids.subarray(0, from));
    expect(out.f32("logprobs").subarray(0, from)).toEqual(data.logprobs.subarray(0, from));
  }
});

test("logits that are no numbers give no tokens", async () => {
  const data = { logits: new Float32Array(8).fill(Number.NaN), ids: { words: 2 }, logprobs: { words: 2 } };
  const out = await runKernel(gpu, topTokens, data, { R: 1, V: 7, ld: 8, count: 2, rowOffset: 0 });
  expect([...out.u32("ids")]).toEqual([0xffffffff, 0xffffffff]);
});

import { expect, test } from "vitest";
import { roundUp } from "../../src/core/shape.ts";
import { crossEntropy } from "../../src/gpu/kernels/crossEntropy.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { crossEntropyReference } from "../../src/gpu/reference/crossEntropy.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();
const kernels = [crossEntropy, withRows(gpu, crossEntropy)];

/** Rows of a problem: every fifth has no target, the first of several no weight. */
function problem(R: number, V: number, rowOffset: number) {
  const rows = rowOffset + R;
  const ld = roundUp(V, 4);
  const targets = Uint32Array.from({ length: rows }, (_, n) => (n % 5 === 4 ? 0xffffffff : (n * 7919) % V));
  const weight = random(rows, 3);
  weight[rowOffset] = R > 1 ? 0 : 0.5;
  const logits = random(R * ld, 1).map((x) => 20 * x);
  return { data: { logits, targets, weight }, shape: { R, V, ld, rowOffset }, rows };
}

test.for([
  [1, 1, 0],
  [3, 27, 2], // 7, 8, 9 groups of four columns: around software's lanes
  [2, 32, 0],
  [5, 33, 7],
  [2, 1019, 1], // 255, 256, 257 of them: around a GPU's
  [2, 1024, 0],
  [3, 1027, 0],
  [2, 5003, 3],
  [66_000, 3, 5],
] as const)("crossEntropy (R=%i, V=%i, rowOffset=%i)", async ([R, V, rowOffset]) => {
  const { data, shape, rows } = problem(R, V, rowOffset);
  const want = crossEntropyReference(data.logits, data.targets, data.weight, shape);
  for (const kernel of R > 1000 ? kernels.slice(1) : kernels) {
    const out = await runKernel(gpu, kernel, { ...data, logprob: { words: rows, fill: 7 } }, shape);
    expectClose(out.f32("logits"), want.gradient, { ...kernel.tolerance, label: `${kernel.key} gradient` });
    const got = out.f32("logprob");
    expectClose(got.slice(rowOffset), want.logprob, { ...kernel.tolerance, label: `${kernel.key} logprob` });
    expect([...got.slice(0, rowOffset)]).toEqual(new Array(rowOffset).fill(7)); // other chunks' rows
  }
});

test("logits of a thousand and of minus a thousand overflow nothing", async () => {
  const { data, shape, rows } = problem(3, 130, 0);
  const far = data.logits.map((x, i) => x + (i < shape.ld ? 1000 : -1000));
  const want = crossEntropyReference(far, data.targets, data.weight, shape);
  for (const kernel of kernels) {
    const out = await runKernel(gpu, kernel, { ...data, logits: far, logprob: { words: rows } }, shape);
    expectClose(out.f32("logits"), want.gradient, { rtol: 1e-3, atol: 1e-4, label: "gradient" }); // 1000 has 6e-5 to its next
    expectClose(out.f32("logprob"), want.logprob, { ...kernel.tolerance, label: "logprob" });
  }
});

test("padding that is not a number becomes 0", async () => {
  const data = {
    logits: new Float32Array([1, NaN, Infinity, -Infinity]),
    targets: new Uint32Array([0]),
    weight: new Float32Array([1]),
    logprob: { words: 1, fill: 7 },
  };
  const out = await runKernel(gpu, crossEntropy, data, { R: 1, V: 1, ld: 4, rowOffset: 0 });
  expect([...out.f32("logits").slice(1)]).toEqual([0, 0, 0]);
  expect([...out.f32("logprob")]).toEqual([0]);
});

test("the same bits every time", async () => {
  const { data, shape, rows } = problem(2, 5003, 0);
  for (const kernel of kernels) {
    const run = () => runKernel(gpu, kernel, { ...data, logprob: { words: rows } }, shape);
    const [a, b] = await Promise.all([run(), run()]);
    expect(a.u32("logits")).toEqual(b.u32("logits"));
    expect(a.u32("logprob")).toEqual(b.u32("logprob"));
  }
});

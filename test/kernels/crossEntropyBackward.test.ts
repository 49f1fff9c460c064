import { expect, test } from "vitest";
import { roundUp } from "../../src/core/shape.ts";
import { specialise } from "../../src/gpu/kernel.ts";
import { crossEntropyBackward } from "../../src/gpu/kernels/crossEntropyBackward.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { crossEntropyBackwardReference } from "../../src/gpu/reference/crossEntropyBackward.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();
const kernels = [crossEntropyBackward, withRows(gpu, crossEntropyBackward)];

/** log Σ_v exp(logits[r,v]) of every row of (R, ld), over V columns, in float64. */
const lseOf = (logits: ArrayLike<number>, R: number, V: number, ld: number) =>
  Array.from({ length: R }, (_, r) => {
    let sum = 0;
    for (let v = 0; v < V; v++) sum += Math.exp(logits[r * ld + v]!);
    return Math.log(sum);
  });

test.for([
  [1, 1, 0],
  [3, 63, 2],
  [2, 64, 0],
  [5, 65, 7],
  [2, 2047, 1],
  [3, 2049, 0],
  [66_000, 3, 5],
] as const)("crossEntropyBackward (R=%i, V=%i, rowOffset=%i)", async ([R, V, rowOffset]) => {
  const ld = roundUp(V, 4);
  const logits = random(R * ld, 1).map((x) => 20 * x);
  const targets = Uint32Array.from({ length: rowOffset + R }, (_, n) =>
    n % 5 === 4 ? 0xffffffff : (n * 7919) % V,
  );
  const lse = new Float32Array([...random(rowOffset, 2), ...lseOf(logits, R, V, ld)]);
  const weight = random(rowOffset + R, 3);
  weight[rowOffset] = R > 1 ? 0 : 0.5; // a masked row
  const shape = { R, V, ld, rowOffset };
  const want = crossEntropyBackwardReference(logits, targets, lse, weight, shape);
  for (const kernel of R > 1000 ? kernels.slice(0, 1) : kernels) {
    const out = await runKernel(gpu, kernel, { logits, targets, lse, weight }, shape);
    expectClose(out.f32("logits"), want, { ...kernel.tolerance, label: kernel.key });
  }
});

test("padding that is not a number becomes 0", async () => {
  const logits = new Float32Array([1, NaN, Infinity, -Infinity]);
  const data = {
    logits,
    targets: new Uint32Array([0]),
    lse: new Float32Array([1.5]),
    weight: new Float32Array([1]),
  };
  const out = await runKernel(gpu, crossEntropyBackward, data, { R: 1, V: 1, ld: 4, rowOffset: 0 });
  expect([...out.f32("logits").slice(1)]).toEqual([0, 0, 0]);
});

test("the same bits every time, whatever the workgroup", async () => {
  const logits = random(2 * 260, 1).map((x) => 20 * x);
  const lse = new Float32Array(lseOf(logits, 2, 259, 260));
  const data = { logits, targets: new Uint32Array([4, 258]), lse, weight: random(2, 3) };
  const runs = [crossEntropyBackward, specialise(crossEntropyBackward, { constants: { WG: 16 } })].map(
    (kernel) => runKernel(gpu, kernel, data, { R: 2, V: 259, ld: 260, rowOffset: 0 }),
  );
  const [a, b] = await Promise.all(runs);
  expect(a!.u32("logits")).toEqual(b!.u32("logits"));
});

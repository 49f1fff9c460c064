import { expect, test } from "vitest";
import { rope } from "../../src/gpu/kernels/rope.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { ropeReference } from "../../src/gpu/reference/rope.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();
const POSITIONS = 50;

const angles = (hs: number) => {
  const table = new Float32Array(POSITIONS * hs);
  for (let i = 0; i < table.length / 2; i++) {
    const angle = Math.floor(i / (hs / 2)) * 10000 ** (((i % (hs / 2)) * -2) / hs);
    table[2 * i] = Math.cos(angle);
    table[2 * i + 1] = Math.sin(angle);
  }
  return table;
};

// T·NH·hs/4 invocations: 1, 63, 64, 65, odd strides, several heads
test.for([
  [1, 1, 4, 4],
  [7, 1, 36, 36],
  [8, 1, 32, 40],
  [13, 5, 4, 22],
  [9, 4, 32, 128],
] as const)("rope (T=%i, NH=%i, hs=%i, ldx=%i), there and back", async ([T, NH, hs, ldx]) => {
  const x = random(T * ldx, 1);
  const positions = new Uint32Array(T).map((_, t) => (t * 17 + 3) % POSITIONS); // restarts, as packs do
  const table = angles(hs);
  for (const kernel of [rope, withRows(gpu, rope)]) {
    const there = await runKernel(gpu, kernel, { x, positions, table }, { T, NH, hs, ldx, sign: 1 });
    const want = ropeReference(x, positions, table, T, NH, hs, ldx, 1);
    expectClose(there.f32("x"), want, { ...rope.tolerance, label: "rotated" });
    const rotated = there.f32("x").slice();
    const back = await runKernel(gpu, kernel, { x: rotated, positions, table }, { T, NH, hs, ldx, sign: -1 });
    expectClose(back.f32("x"), x, { ...rope.tolerance, label: "rotated back" });
    expect(back.f32("x").every((v, i) => i % ldx < NH * hs || v === x[i])).toBe(true);
  }
});

import { expect, test } from "vitest";
import { roundUp } from "../../src/core/shape.ts";
import { klRows } from "../../src/gpu/kernels/klRows.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { klRowsReference } from "../../src/gpu/reference/klRows.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  [1, 1, 0],
  [3, 63, 2],
  [2, 64, 0],
  [5, 65, 7],
  [2, 2051, 1],
] as const)("klRows (R=%i, V=%i, rowOffset=%i)", async ([R, V, rowOffset]) => {
  const ld = roundUp(V, 4);
  const teacher = random(R * ld, 1).map((x) => 9 * x);
  const student = random(R * ld, 2).map((x) => 9 * x);
  for (let r = 0; r < R; r++) for (let v = V; v < ld; v++) teacher[r * ld + v] = student[r * ld + v] = NaN; // padding
  const { kl } = klRowsReference(teacher, student, { R, V, ld });
  for (const kernel of [klRows, withRows(gpu, klRows)]) {
    const data = { teacher, student, kl: new Float32Array(rowOffset + R).fill(-7) };
    const out = await runKernel(gpu, kernel, data, { R, V, ld, rowOffset });
    expectClose(out.f32("kl").subarray(rowOffset), kl, kernel.tolerance);
    expect([...out.f32("kl").subarray(0, rowOffset)].every((x) => x === -7)).toBe(true);
    expect(out.f32("student")).toEqual(student);
  }
});

test("klRows of equal logits is 0", async () => {
  const logits = random(68, 4).map((x) => 30 * x);
  const data = { teacher: logits, student: logits, kl: { words: 1 } };
  const out = await runKernel(gpu, klRows, data, { R: 1, V: 65, ld: 68, rowOffset: 0 });
  expect(out.f32("kl")[0]).toBe(0);
});

import { describe, expect, test } from "vitest";
import { roundUp } from "../../src/core/shape.ts";
import { klTop } from "../../src/gpu/kernels/klTop.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { klRowsReference } from "../../src/gpu/reference/klRows.ts";
import { klTopReference } from "../../src/gpu/reference/klTop.ts";
import { topTokensReference } from "../../src/gpu/reference/topTokens.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

/** Logits (R, ld), scaled, and the top tokens of others. */
function rows(R: number, V: number, count: number, scale: number) {
  const ld = roundUp(V, 4);
  const logits = random(R * ld, 2).map((x) => scale * x);
  const others = random(R * ld, 1).map((x) => scale * x);
  const { ids, logprobs } = topTokensReference(others, { R, V, ld, count });
  return { ld, logits, others, ids, teacher: Float32Array.from(logprobs) };
}

test.for([
  [1, 1, 1, 0, 9],
  [3, 63, 5, 2, 9],
  [2, 64, 64, 0, 9], // no rest
  [5, 65, 20, 7, 1],
  [2, 2051, 20, 1, 9],
  [3, 1030, 1024, 1, 3],
  [1, 262_145, 20, 0, 20],
] as const)("klTop (R=%i, V=%i, count=%i, rowOffset=%i)", async ([R, V, count, rowOffset, scale]) => {
  const { ld, logits, ids, teacher } = rows(R, V, count, scale);
  for (let r = 0; r < R; r++) for (let v = V; v < ld; v++) logits[r * ld + v] = Number.NaN; // padding
  const weight = random(rowOffset + R, 3);
  const shape = { R, V, ld, count };
  const tableRow = Math.min(1, rowOffset); // the tables may begin later
  const want = klTopReference(logits, ids, teacher, weight.subarray(rowOffset), shape);
  const behind = <T extends Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(data: T, into: T): T => {
    into.set(data, (rowOffset - tableRow) * count);
    return into;
  };
  for (const kernel of [klTop, withRows(gpu, klTop)]) {
    const data = {
      logits,
      ids: behind(ids, new Uint32Array((rowOffset - tableRow + R) * count)),
      teacher: behind(teacher, new Float32Array((rowOffset - tableRow + R) * count).fill(-3)),
      weight,
      kl: new Float32Array(rowOffset + R).fill(-7),
    };
    const measured = await runKernel(gpu, kernel, data, { ...shape, rowOffset, tableRow, mode: 0 });
    expectClose(measured.f32("kl").subarray(rowOffset), want.kl, { ...kernel.tolerance, label: "kl" });
    expect([...measured.f32("kl").subarray(0, rowOffset)].every((x) => x === -7)).toBe(true);
    const out = await runKernel(gpu, kernel, data, { ...shape, rowOffset, tableRow, mode: 1 });
    expectClose(out.f32("logits"), want.gradient, { ...kernel.tolerance, label: "gradient" });
    expect(out.u32("kl")).toEqual(measured.u32("kl"));
  }
});

/** One row of the kernel, weight 1. */
async function single(logits: number[], ids: number[], teacher: number[]) {
  const [V, count] = [logits.length, ids.length];
  const ld = roundUp(V, 4);
  const data = {
    logits: Float32Array.from({ length: ld }, (_, v) => logits[v] ?? 0),
    ids: Uint32Array.from(ids),
    teacher: Float32Array.from(teacher),
    weight: Float32Array.of(1),
    kl: { words: 1 },
  };
  const out = await runKernel(gpu, klTop, data, { R: 1, V, ld, count, rowOffset: 0, tableRow: 0, mode: 1 });
  const want = klTopReference(data.logits, ids, data.teacher, [1], { R: 1, V, ld, count });
  expectClose(out.f32("kl"), want.kl, { ...klTop.tolerance, label: "kl" });
  expectClose(out.f32("logits"), want.gradient, { ...klTop.tolerance, label: "gradient" });
  return { kl: out.f32("kl")[0]!, gradient: [...out.f32("logits")] };
}

describe("the rest", () => {
  test("has a stable gradient where the student gives it nearly nothing", async () => {
    const { kl, gradient } = await single([60, 0, -1, -2, -9], [0], [Math.log(0.75)]);
    expect(kl).toBeGreaterThan(14); // 0.25 · 60
    expect(gradient[1]).toBeLessThan(-0.1);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  test("counts nothing where the teacher gives it nothing", async () => {
    const { gradient } = await single([2, 1, 0.5], [1, 0], [Math.log(0.5), Math.log(0.5)]);
    expect(gradient[2]).toBeGreaterThan(0); // q_v alone
  });

  test("is none where the top is the vocabulary", async () => {
    const logprobs = [1, 0, -1].map((x) => x - Math.log(Math.E + 1 + 1 / Math.E));
    const { kl, gradient } = await single([3, 2, 1], [0, 1, 2], logprobs);
    expect(kl).toBeCloseTo(0, 6);
    for (const g of gradient) expect(g).toBeCloseTo(0, 6);
  });
});

test("rows of weight 0 get a gradient of 0 whatever their teacher is", async () => {
  const R = 3;
  const { ld, logits } = rows(R, 65, 4, 9);
  const data = {
    logits,
    ids: new Uint32Array(4 * R),
    teacher: new Float32Array(4 * R),
    weight: new Float32Array(R),
    kl: { words: R },
  };
  const out = await runKernel(gpu, klTop, data, {
    R,
    V: 65,
    ld,
    count: 4,
    rowOffset: 0,
    tableRow: 0,
    mode: 1,
  });
  expect([...out.f32("logits")].every((g) => g === 0)).toBe(true);
});

test("the divergence is between 0 and that over the whole vocabulary, and meets it", () => {
  const [R, V, ld] = [40, 37, 40];
  const weight = new Float64Array(R);
  const { logits, others } = rows(R, V, 1, 4);
  const whole = klRowsReference(others, logits, { R, V, ld }).kl;
  let last = new Float64Array(R);
  for (const count of [1, 2, 5, 20, 36, 37]) {
    const { ids, logprobs } = topTokensReference(others, { R, V, ld, count });
    const { kl } = klTopReference(logits, ids, logprobs, weight, { R, V, ld, count });
    for (const [r, x] of kl.entries()) {
      expect(x).toBeGreaterThanOrEqual(last[r]! - 1e-12); // more tokens tell more
      expect(x).toBeLessThanOrEqual(whole[r]! + 1e-12);
    }
    last = kl;
  }
  expectClose(last, whole, { rtol: 1e-9 });
});

import { expect, test } from "vitest";
import type { Kernel } from "../../src/gpu/kernel.ts";
import { glu } from "../../src/gpu/kernels/glu.ts";
import { selfCheck } from "../../src/gpu/selfCheck.ts";
import { checkCases } from "../../src/gpu/selfCheckCases.ts";
import { testGpu } from "../helpers/gpu.ts";

const gpu = await testGpu();
const modules = import.meta.glob<Record<string, unknown>>("../../src/gpu/kernels/*.ts", { eager: true });

test("every kernel is right on this adapter", async () => {
  const results = await selfCheck(gpu);
  expect(results.filter((r) => !r.passed)).toEqual([]);
  expect(results.every((r) => Number.isFinite(r.maxError))).toBe(true);
});

const YARDSTICKS = ["peakCopy", "peakFma"]; // benches run them, no model does

test("every kernel that is no variant has a case", () => {
  const isKernel = (x: unknown): x is Kernel =>
    typeof x === "object" && x !== null && "bindings" in x && "code" in x;
  const kernels = Object.values(modules)
    .flatMap((m) => Object.values(m))
    .filter(isKernel);
  const plain = new Set(kernels.filter((k) => k.variantOf === null).map((k) => k.name));
  for (const name of YARDSTICKS) expect(plain.delete(name)).toBe(true);
  expect(
    checkCases()
      .map((c) => c.kernel.name)
      .sort(),
  ).toEqual([...plain].sort());
});

test.for([
  ["a little wrong", "1.00003"],
  ["not a number", "bitcast<f32>(0x7fc00000u | i)"],
] as const)("a kernel that is %s fails", async ([, factor]) => {
  const code = glu.code.replace("h[i] = ", `h[i] = ${factor} * `);
  expect(code).not.toBe(glu.code);
  const broken = { ...glu, code, key: `broken by ${factor}` } as unknown as Kernel;
  const result = (await selfCheck(gpu, [broken])).find((r) => r.kernel === broken.key);
  expect(result!.passed).toBe(false);
});

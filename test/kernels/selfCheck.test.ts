import { expect, test } from "vitest";
import type { Kernel } from "../../src/gpu/kernel.ts";
import {
  attentionBackwardKvFor,
  attentionBackwardQFor,
  attentionDecodeFor,
  attentionFor,
} from "../../src/gpu/kernels/attentionVariants.ts";
import { glu } from "../../src/gpu/kernels/glu.ts";
import { WEIGHT_TYPES, type WeightType } from "../../src/gpu/kernels/weightTypes.ts";
import { allChecks, type Check, plainChecks, runChecks } from "../../src/gpu/selfCheck.ts";
import { checkCases } from "../../src/gpu/selfCheckCases.ts";
import { inNode } from "../helpers/fixtures.ts";
import { testGpu } from "../helpers/gpu.ts";

const gpu = await testGpu();
const modules = import.meta.glob<Record<string, unknown>>("../../src/gpu/kernels/*.ts", { eager: true });

/** SwiftShader and naga compile each kernel anew: blocks of 32 weights and of 256 stand for all. */
const TYPES: readonly WeightType[] = inNode() ? WEIGHT_TYPES : ["F32", "Q4_1", "Q6_K"];

test("every kernel that this adapter may be given is right", async () => {
  const checks = (await allChecks(gpu)).filter(({ type }) => TYPES.includes(type));
  await gpu.prepare(checks.map((c) => c.kernel)); // in parallel: software compiles slowly
  const results = await runChecks(gpu, checks);
  expect(results.filter((r) => !r.passed)).toEqual([]);
  expect(results.every((r) => Number.isFinite(r.maxError))).toBe(true);
});

const ATTENTION = [attentionFor, attentionDecodeFor, attentionBackwardQFor, attentionBackwardKvFor];
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

const gluCheck = async (): Promise<Check> => (await plainChecks(gpu)).find((c) => c.stem === "glu")!;

test.for([
  ["a little wrong", "1.00003"],
  ["not a number", "bitcast<f32>(0x7fc00000u | i)"],
] as const)("a kernel that is %s fails", async ([, factor]) => {
  const check = await gluCheck();
  const code = glu.code.replace("h[i] = ", `h[i] = ${factor} * `);
  expect(code).not.toBe(glu.code);
  const broken = { ...check.kernel, code, key: `broken by ${factor}` };
  const [result] = await runChecks(gpu, [{ ...check, kernel: broken }], { timed: true });
  expect(result).toMatchObject({ passed: false, fault: null, seconds: null });
  expect(result!.share! <= 1).toBe(false); // NaN too
});

test("a shader that does not build, and a binding the device refuses, are told; the next kernel is still checked", async () => {
  const check = await gluCheck();
  const nonsense = {
    ...check.kernel,
    code: check.kernel.code.replace("fn main", "fn main nonsense"),
    key: "a",
  };
  const refused = {
    ...check.kernel,
    bindings: { ...check.kernel.bindings, gate: "read" as const },
    key: "b",
  };
  const checks = [nonsense, refused, check.kernel].map((kernel) => ({ ...check, kernel }));
  const told: number[] = [];
  const results = await runChecks(gpu, checks, { onResult: (_, done) => told.push(done) });
  expect(results.map((r) => r.passed)).toEqual([false, false, true]);
  expect(results[0]).toMatchObject({ fault: expect.stringContaining("did not build"), maxError: null });
  expect(results[1]).toMatchObject({ fault: expect.any(String), share: null });
  expect(told).toEqual([1, 2, 3]);
  expect(gpu.failed).toBe(false);
});

test("what may be given to this adapter: every type of weights by all that reads them, each once; a stop ends it", async () => {
  const checks = await allChecks(gpu);
  const keys = checks.map((c) => c.kernel.key);
  expect(new Set(keys).size).toBe(keys.length);
  for (const stem of ["embed", "matmulNt", "matmulNn", "headLse"])
    expect(new Set(checks.filter((c) => c.stem === stem).map((c) => c.type)), stem).toEqual(
      new Set(WEIGHT_TYPES),
    );
  const smallest = new Map<string, number>(); // by form of attention; without subgroups one form is for all heads
  for (const hs of [32, 64, 128])
    for (const form of ATTENTION) {
      const { key } = form(gpu, hs);
      if (!smallest.has(key)) smallest.set(key, hs);
    }
  const attention = checks.filter((c) => c.stem.startsWith("attention"));
  expect(new Map(attention.map((c) => [c.kernel.key, c.params.hs]))).toEqual(smallest);
  const some = checks.filter((c) => c.stem === "embed" && c.type.startsWith("Q4"));
  expect((await runChecks(gpu, some)).map((r) => r.passed)).toEqual([true, true, true]);
  let left = 2;
  expect(await runChecks(gpu, some, { stopped: () => left-- === 0 })).toHaveLength(2);
});

test("a product is timed on a layer's size, others on the data they are checked on", async () => {
  const checks = await allChecks(gpu);
  const product = checks.filter((c) => c.timed?.product === "matmulNt" && c.type === "F32").at(-1)!; // for few rows
  const [timed, small] = await runChecks(gpu, [product, await gluCheck()], { timed: true });
  expect(timed!.seconds).toBeGreaterThan(0);
  expect(timed!.flops).toBe(2 * timed!.rows! * 1536 * (576 + 8));
  expect(small).toMatchObject({ flops: null, rows: null, seconds: expect.any(Number) });
});

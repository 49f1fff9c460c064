/** "Check my GPU": every kernel that this adapter is given, on small data against its float64 reference, and its speed. */
import { LabError } from "../core/errors.ts";
import type { KernelCheck } from "../core/messages.ts";
import { TIMED_ROWS, TIMED_SIZE, timeOne } from "./autotune.ts";
import type { Range } from "./buffers.ts";
import type { Gpu } from "./device.ts";
import { openTrial } from "./gemmTrial.ts";
import type { Kernel } from "./kernel.ts";
import {
  attentionBackwardKvFor,
  attentionBackwardQFor,
  attentionDecodeFor,
  attentionFor,
} from "./kernels/attentionVariants.ts";
import { type GemmName, gemmCandidates, ROW_CLASSES, type RowClass } from "./kernels/gemm.ts";
import { rmsNormBackwardFor, rmsNormFor, withRows } from "./kernels/rows.ts";
import { WEIGHT_TYPES, type WeightType, withWeights } from "./kernels/weightTypes.ts";
import type { CheckCase } from "./selfCheckCases.ts";

/** A kernel to check: the data of its case, and which problem it is timed on where its own is too small to say anything. */
export interface Check extends CheckCase {
  stem: string; // of the kernel whose reference and case it shares
  type: WeightType;
  timed: { product: GemmName; kernel: Kernel; rows: number } | null;
}

const HEAD_SIZES = [32, 64, 128]; // columns of an attention head, of the models people know

/** The plain case of every kernel: as this adapter is given it, with f32 weights. The references are loaded with it. */
export async function plainChecks(gpu: Gpu): Promise<Check[]> {
  const { checkCases } = await import("./selfCheckCases.ts");
  return checkCases().map((one) => ({ ...one, ...f32(one.kernel.name), kernel: formFor(gpu, one) }));
}

/** All that this adapter may be given: every candidate of the products, heads of several sizes, every type of weights. */
export async function allChecks(gpu: Gpu): Promise<Check[]> {
  const { attentionCases, weightCases } = await import("./selfCheckCases.ts");
  const products = productsOf(gpu, "F32");
  const withType = (one: CheckCase, type: WeightType, most: number): Check[] => {
    const stem = one.kernel.name;
    const forms = productsOf(gpu, type).get(stem) ?? [{ kernel: one.kernel, rows: null }];
    return forms.slice(0, most).map(({ kernel, rows }) => ({
      ...one,
      stem,
      type,
      kernel: withWeights(kernel, type),
      timed: rows && { product: stem as GemmName, kernel, rows: TIMED_ROWS[rows] },
    }));
  };
  const all = [
    ...(await plainChecks(gpu)).flatMap((one) => (products.has(one.stem) ? withType(one, "F32", 99) : [one])),
    ...HEAD_SIZES.flatMap((hs) =>
      attentionCases(hs).flatMap((one) => {
        const kernels = [formFor(gpu, one)];
        if (one.kernel.name === "attention") kernels.push(attentionDecodeFor(gpu, hs) as unknown as Kernel);
        return kernels.map((kernel) => ({ ...one, ...f32(one.kernel.name), kernel }));
      }),
    ),
    // What unpacks a type is the same text in every candidate: that for most rows stands for all.
    ...WEIGHT_TYPES.filter((type) => type !== "F32").flatMap((type) =>
      weightCases(type).flatMap((one) => withType(one, type, 1)),
    ),
  ];
  const seen = new Set<string>();
  return all.filter(({ kernel }) => !seen.has(kernel.key) && seen.add(kernel.key));
}

const f32 = (stem: string) => ({ stem, type: "F32" as const, timed: null });

/** The form of a plain kernel that this adapter is given, wherever there is one form only. */
function formFor(gpu: Gpu, { kernel, params }: CheckCase): Kernel {
  const hs = params.hs!; // of attention only
  const form = {
    rmsNorm: () => rmsNormFor(gpu),
    rmsNormBackward: () => rmsNormBackwardFor(gpu),
    attention: () => attentionFor(gpu, hs),
    attentionBackwardQ: () => attentionBackwardQFor(gpu, hs),
    attentionBackwardKv: () => attentionBackwardKvFor(gpu, hs),
  }[kernel.name];
  if (form) return form() as unknown as Kernel;
  return "WG" in kernel.constants ? withRows(gpu, kernel) : kernel;
}

/** By product the kernels that autotune chooses among here for weights of a type, each with the largest class of rows it is tried for. */
function productsOf(gpu: Gpu, type: WeightType): Map<string, { kernel: Kernel; rows: RowClass }[]> {
  const products = new Map<string, { kernel: Kernel; rows: RowClass }[]>();
  for (const rows of [...ROW_CLASSES].reverse())
    for (const [name, candidates] of Object.entries(gemmCandidates(gpu, rows, type))) {
      const known = products.get(name) ?? [];
      products.set(name, known);
      for (const kernel of candidates as unknown as Kernel[])
        if (!known.some((k) => k.kernel.key === kernel.key)) known.push({ kernel, rows });
    }
  return products;
}

export interface CheckOptions {
  timed?: boolean;
  onResult?(result: KernelCheck, done: number): void;
  stopped?(): boolean; // asked before each kernel
}

/**
 * Checks one kernel after another; one that does not build, or that the device refuses, is a result like any other.
 * @throws LabError device-lost, after which nothing can be checked; what was found before has been told by `onResult`
 */
export async function runChecks(
  gpu: Gpu,
  checks: readonly Check[],
  { timed = false, onResult, stopped }: CheckOptions = {},
): Promise<KernelCheck[]> {
  const results: KernelCheck[] = [];
  for (const check of checks) {
    if (stopped?.()) break;
    const result = await checkOne(gpu, check, timed);
    results.push(result);
    onResult?.(result, results.length);
  }
  return results;
}

async function checkOne(gpu: Gpu, check: Check, timed: boolean): Promise<KernelCheck> {
  const { kernel, stem, type } = check;
  const nothing = { maxError: null, share: null, seconds: null, flops: null, rows: null };
  const about = { kernel: kernel.key, stem, type, ...nothing };
  // Caught here, so that a kernel that the device refuses does not end the device.
  gpu.device.pushErrorScope("validation");
  let result: KernelCheck;
  try {
    await gpu.prepare([kernel]);
    const found = await compare(gpu, check);
    const passed = found.share <= 1;
    const time = timed && passed ? await timeOf(gpu, check) : {};
    result = { ...about, ...found, ...time, passed, fault: null };
  } catch (error) {
    gpu.check(); // the device is gone
    const fault = error instanceof LabError ? error.message : String(error);
    result = { ...about, passed: false, fault };
  }
  const refused = (await gpu.orLost(gpu.device.popErrorScope())) ?? null; // none where the device is lost
  gpu.check();
  if (refused === null || result.fault !== null) return result;
  return { ...about, passed: false, fault: `the GPU refused it: ${refused.message}` };
}

/** One dispatch on the case's data, and how far what it wrote is from the reference. */
async function compare(gpu: Gpu, check: Check): Promise<{ maxError: number; share: number }> {
  const { kernel, data, want } = check;
  const ranges = upload(gpu, check);
  gpu.run(kernel, ranges, check.params);
  const names = Object.keys(kernel.bindings).filter((name) => name in want);
  const bytes = await gpu.read(...names.map((name) => ranges[name]!));
  for (const range of Object.values(ranges)) gpu.free(range);
  const { rtol, atol } = kernel.tolerance;
  let [maxError, share] = [0, 0];
  names.forEach((name, at) => {
    const got =
      data[name] instanceof Uint32Array ? new Uint32Array(bytes[at]!) : new Float32Array(bytes[at]!);
    for (let i = 0; i < want[name]!.length; i++) {
      const value = want[name]![i]!;
      const error = Math.abs(got[i]! - value);
      maxError = Math.max(maxError, error); // not a number stays not a number
      if (error !== 0) share = Math.max(share, error / (atol + rtol * Math.abs(value)));
    }
  });
  return { maxError, share };
}

function upload(gpu: Gpu, { kernel, data }: Check): Record<string, Range> {
  const names = Object.keys(kernel.bindings);
  return Object.fromEntries(
    names.map((name) => [name, gpu.upload(data[name]!, `check ${kernel.name}.${name}`)]),
  );
}

/** Seconds of one dispatch: of a product on a layer's size, of others on the small data of their case. */
async function timeOf(gpu: Gpu, check: Check): Promise<Pick<KernelCheck, "seconds" | "flops" | "rows">> {
  const { kernel, params, timed } = check;
  if (timed !== null) {
    const { product, rows } = timed;
    const trial = openTrial(gpu, product, { ...TIMED_SIZE, M: rows }, check.type);
    const seconds = await timeOne(gpu, () => trial.run(timed.kernel));
    trial.close();
    return { seconds, flops: trial.flops, rows };
  }
  const ranges = upload(gpu, check);
  const seconds = await timeOne(gpu, () => gpu.run(kernel, ranges, params));
  for (const range of Object.values(ranges)) gpu.free(range);
  return { seconds, flops: null, rows: null };
}

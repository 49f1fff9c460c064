/** Which variant of each matrix product this adapter runs, per class of row counts: tried, timed, remembered. */
import { LabError } from "../core/errors.ts";
import type { Gpu } from "./device.ts";
import { openTrial } from "./gemmTrial.ts";
import type { Kernel } from "./kernel.ts";
import {
  type GemmLists,
  type GemmName,
  type GemmSet,
  gemmCandidates,
  ROW_CLASSES,
  type RowClass,
  rowClass,
} from "./kernels/gemm.ts";
import type { WeightType } from "./kernels/weightTypes.ts";

/** The chosen kernels; for f32 weights, so pass them through `withWeights`. */
export interface GemmVariants {
  matmulNt(M: number): GemmSet["matmulNt"];
  matmulNn(M: number): GemmSet["matmulNn"];
  matmulTn: GemmSet["matmulTn"];
  headLse(M: number): GemmSet["headLse"];
  choice: Record<string, string>; // "matmulNt few" → the kernel's key: store it, pass it as `saved` to repeat it
}

const NAMES: readonly GemmName[] = ["matmulNt", "matmulNn", "matmulTn", "headLse"];
/** Every code path of a variant once: edges of tiles in all directions, more than one block of rows. */
const TEST_SIZE = { M: 137, N: 68, K: 76 };
const TEST_LIMIT = 1e-3; // of the largest value
const TIMED_SIZE = { N: 1536, K: 576 };
const TIMED_ROWS: Readonly<Record<RowClass, number>> = { one: 1, few: 8, some: 128, many: 512 };
const BATCH_SECONDS = 0.01;
const BATCHES = 3;

/**
 * Picks a variant for every product and class: what `saved` names, where this device has it; otherwise the fastest of
 * the candidates that compute the right thing (weights of `type`, the model's, so that nothing is compiled in vain).
 * @throws LabError kernel-failed where no candidate does
 */
export async function chooseVariants(
  gpu: Gpu,
  saved: Record<string, string> | null = null,
  type: WeightType = "F32",
): Promise<GemmVariants> {
  const classes = Object.fromEntries(ROW_CLASSES.map((rows) => [rows, gemmCandidates(gpu, rows)]));
  const lists = classes as Record<RowClass, GemmLists>;
  const chosen = new Map<string, Kernel>();
  for (const name of NAMES) {
    const plan = ROW_CLASSES.map((rows) => {
      const candidates = lists[rows][name] as unknown as Kernel[];
      const before = candidates.find(({ key }) => key === saved?.[`${name} ${rows}`]);
      return { rows, candidates: before ? [before] : candidates };
    });
    const right = await selfTest(gpu, name, [...new Set(plan.flatMap((p) => p.candidates))], type);
    for (const { rows, candidates } of plan) {
      const good = candidates.filter(({ key }) => right.has(key));
      if (good.length === 0) {
        const keys = candidates.map(({ key }) => key).join(", ");
        throw new LabError(
          "kernel-failed",
          `${gpu.info.name} computes ${name} wrongly with ${keys}; update the graphics driver or use another browser`,
        );
      }
      const fastest = good.length === 1 ? good[0]! : await race(gpu, name, good, rows, type);
      chosen.set(`${name} ${rows}`, fastest);
    }
  }
  const of = <Name extends GemmName>(name: Name, M: number) =>
    chosen.get(`${name} ${rowClass(M)}`) as unknown as GemmSet[Name];
  return {
    matmulNt: (M) => of("matmulNt", M),
    matmulNn: (M) => of("matmulNn", M),
    matmulTn: of("matmulTn", TIMED_ROWS.many),
    headLse: (M) => of("headLse", M),
    choice: Object.fromEntries([...chosen].map(([key, kernel]) => [key, kernel.key])),
  };
}

/** The likeliest variants, untried: for a device that computes nothing. */
export function firstVariants(gpu: Gpu): GemmVariants {
  const of = <Name extends GemmName>(name: Name, M: number) =>
    gemmCandidates(gpu, rowClass(M))[name][0] as GemmSet[Name];
  return {
    matmulNt: (M) => of("matmulNt", M),
    matmulNn: (M) => of("matmulNn", M),
    matmulTn: of("matmulTn", TIMED_ROWS.many),
    headLse: (M) => of("headLse", M),
    choice: {},
  };
}

/** The keys of the kernels that build and agree with the float64 reference. */
export async function selfTest(
  gpu: Gpu,
  name: GemmName,
  kernels: readonly Kernel[],
  type: WeightType,
): Promise<Set<string>> {
  const trial = openTrial(gpu, name, TEST_SIZE, type);
  const want = await trial.want();
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const right = new Set<string>();
  const built = await Promise.allSettled(kernels.map((kernel) => gpu.prepare([trial.typed(kernel)])));
  for (const [i, kernel] of kernels.entries()) {
    if (built[i]!.status === "rejected") continue;
    trial.run(kernel);
    const got = await gpu.readF32(trial.output, trial.count);
    if (want.every((value, i) => Math.abs(got[i]! - value) <= TEST_LIMIT * largest)) right.add(kernel.key);
  }
  trial.close();
  return right;
}

/** The kernel with the shortest time on this class's problem. */
async function race(
  gpu: Gpu,
  name: GemmName,
  kernels: readonly Kernel[],
  rows: RowClass,
  type: WeightType,
): Promise<Kernel> {
  const trial = openTrial(gpu, name, { ...TIMED_SIZE, M: TIMED_ROWS[rows] }, type);
  let best = { kernel: kernels[0]!, seconds: Number.POSITIVE_INFINITY };
  for (const kernel of kernels) {
    const seconds = await timeOne(gpu, () => trial.run(kernel));
    if (seconds < best.seconds) best = { kernel, seconds };
  }
  trial.close();
  return best.kernel;
}

/** Seconds of one dispatch: the best of a few batches, each long enough for the clock. */
async function timeOne(gpu: Gpu, run: () => void): Promise<number> {
  let repeats = 1;
  let best = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < BATCHES; ) {
    await gpu.idle();
    const start = performance.now();
    for (let i = 0; i < repeats; i++) run();
    await gpu.idle();
    const seconds = (performance.now() - start) / 1000;
    if (seconds < BATCH_SECONDS && repeats < 256) {
      repeats *= 2;
      continue;
    }
    best = Math.min(best, seconds / repeats);
    batch++;
  }
  return best;
}

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
export const TIMED_SIZE = { N: 1536, K: 576 };
export const TIMED_ROWS: Readonly<Record<RowClass, number>> = { one: 1, few: 8, some: 128, many: 512 };
const BATCH_SECONDS = 0.01;
const BATCHES = 3;

/** The types of a model's weights: those of its layers, the one with most of the work first, and its head's. */
export interface ModelTypes {
  layers: readonly WeightType[];
  head: WeightType;
}

/**
 * Picks a variant for every product and class: what `saved` names, where this device has it; otherwise the fastest, with the
 * type that has most of the work, of the candidates that compute the right thing with every type they will meet.
 * @throws LabError kernel-failed where no candidate does
 */
export async function chooseVariants(
  gpu: Gpu,
  saved: Record<string, string> | null = null,
  types: ModelTypes = { layers: ["F32"], head: "F32" },
): Promise<GemmVariants> {
  const classes = Object.fromEntries(ROW_CLASSES.map((rows) => [rows, gemmCandidates(gpu, rows)]));
  const lists = classes as Record<RowClass, GemmLists>;
  const chosen = new Map<string, Kernel>();
  for (const name of NAMES) {
    const [main, ...others] = typesOf(name, types);
    const plan = ROW_CLASSES.map((rows) => {
      const candidates = lists[rows][name] as unknown as Kernel[];
      const before = candidates.find(({ key }) => key === saved?.[`${name} ${rows}`]);
      return { rows, candidates: before ? [before] : candidates };
    });
    const right = await selfTest(gpu, name, [...new Set(plan.flatMap((p) => p.candidates))], main);
    const passed = new Map<string, boolean>(); // with the other types too, where that was asked
    const passes = async (kernel: Kernel): Promise<boolean> => {
      for (const type of others) if ((await selfTest(gpu, name, [kernel], type)).size === 0) return false;
      return true;
    };
    for (const { rows, candidates } of plan) {
      const good = candidates.filter(({ key }) => right.has(key));
      const order = good.length < 2 ? good : await race(gpu, name, good, rows, main);
      let fastest: Kernel | undefined;
      for (const kernel of order) {
        if (!passed.has(kernel.key)) passed.set(kernel.key, await passes(kernel));
        if (!passed.get(kernel.key)) continue;
        fastest = kernel;
        break;
      }
      if (!fastest) {
        const keys = candidates.map(({ key }) => key).join(", ");
        throw new LabError(
          "kernel-failed",
          `${gpu.info.name} computes ${name} of ${[main, ...others].join(", ")} weights wrongly with ${keys}; update the graphics driver or use another browser`,
        );
      }
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

/** What a product's weights may be, what it mostly reads first. Adapters are f32. */
function typesOf(name: GemmName, { layers, head }: ModelTypes): [WeightType, ...WeightType[]] {
  if (name === "matmulTn") return ["F32"]; // has no weights
  if (name === "headLse") return [head];
  return [...new Set([...layers, head, "F32" as const])] as [WeightType, ...WeightType[]];
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

/** The kernels by their time on this class's problem, the fastest first. */
async function race(
  gpu: Gpu,
  name: GemmName,
  kernels: readonly Kernel[],
  rows: RowClass,
  type: WeightType,
): Promise<Kernel[]> {
  const trial = openTrial(gpu, name, { ...TIMED_SIZE, M: TIMED_ROWS[rows] }, type);
  const times: { kernel: Kernel; seconds: number }[] = [];
  for (const kernel of kernels) times.push({ kernel, seconds: await timeOne(gpu, () => trial.run(kernel)) });
  trial.close();
  return times.sort((a, b) => a.seconds - b.seconds).map(({ kernel }) => kernel);
}

/** Seconds of one dispatch: the best of a few batches, each long enough for the clock. */
export async function timeOne(gpu: Gpu, run: () => void): Promise<number> {
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

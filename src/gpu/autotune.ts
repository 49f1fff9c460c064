/** Which variant of each matrix product this adapter runs, per type of weights and class of row counts: tried, timed, remembered. */
import { LabError } from "../core/errors.ts";
import type { Gpu } from "./device.ts";
import { openTrial } from "./gemmTrial.ts";
import type { Kernel } from "./kernel.ts";
import {
  type GemmName,
  type GemmSet,
  gemmCandidates,
  gemmVariants,
  ROW_CLASSES,
  type RowClass,
  rowClass,
} from "./kernels/gemm.ts";
import { type WeightType, withWeights } from "./kernels/weightTypes.ts";

/** The chosen kernels, for weights of a type. */
export interface GemmVariants {
  matmulNt(M: number, type: WeightType): GemmSet["matmulNt"];
  matmulNn(M: number, type: WeightType): GemmSet["matmulNn"];
  matmulTn: GemmSet["matmulTn"];
  headLse(M: number, type: WeightType): GemmSet["headLse"];
  choice: Choice; // store it, pass it as `saved` to repeat it
}

/**
 * "matmulNt Q4_K few" → the kernel's key, for weights of other types. Runs from before a type had a choice of its own say
 * "matmulNt few", which holds for every type.
 */
export type Choice = Readonly<Record<string, string>>;

const NAMES: readonly GemmName[] = ["matmulNt", "matmulNn", "matmulTn", "headLse"];
/** Every code path of a variant once: edges of tiles in all directions, more than one block of rows. */
const TEST_SIZE = { M: 137, N: 68, K: 76 };
const TEST_LIMIT = 1e-3; // of the largest value
export const TIMED_SIZE = { N: 1536, K: 576 };
export const TIMED_ROWS: Readonly<Record<RowClass, number>> = { one: 1, few: 8, some: 128, many: 512 };
const BATCH_SECONDS = 0.01;
const BATCHES = 3;

/** The types of a model's weights: those of its layers and its head's. */
export interface ModelTypes {
  layers: readonly WeightType[];
  head: WeightType;
}

/**
 * Picks a variant for every product, type of weights and class of rows: what `saved` names, where this device has it;
 * otherwise the fastest of the candidates that compute the right thing.
 * @throws LabError kernel-failed where none does
 */
export async function chooseVariants(
  gpu: Gpu,
  saved: Choice | null = null,
  types: ModelTypes = { layers: ["F32"], head: "F32" },
): Promise<GemmVariants> {
  const all = gemmVariants(gpu);
  const chosen = new Map<string, Kernel>();
  for (const name of NAMES) {
    for (const type of typesOf(name, types)) {
      const lists = perClass((rows) => gemmCandidates(gpu, rows, type));
      const plan = classesOf(name).map((rows) => {
        const key = saved?.[choiceKey(name, type, rows)] ?? saved?.[`${name} ${rows}`];
        const before = (all[name] as unknown as Kernel[]).find((kernel) => kernel.key === key);
        return { rows, candidates: before ? [before] : (lists[rows][name] as unknown as Kernel[]) };
      });
      const right = await selfTest(gpu, name, [...new Set(plan.flatMap((p) => p.candidates))], type);
      for (const { rows, candidates } of plan) {
        const good = candidates.filter(({ key }) => right.has(key));
        if (good.length === 0) {
          const keys = candidates.map(({ key }) => key).join(", ");
          throw new LabError(
            "kernel-failed",
            `${gpu.info.name} computes ${name} of ${type} weights wrongly with ${keys}; update the graphics driver or use another browser`,
          );
        }
        const fastest = good.length === 1 ? good[0]! : await race(gpu, name, good, rows, type);
        chosen.set(choiceKey(name, type, rows), fastest);
      }
    }
  }
  return {
    ...chosenFrom((name, M, type) => {
      const kernel = chosen.get(choiceKey(name, type, name === "matmulTn" ? "many" : rowClass(gpu, M)));
      if (!kernel) throw new LabError("kernel-failed", `no ${name} was chosen for weights of type ${type}`);
      return kernel;
    }),
    choice: Object.fromEntries([...chosen].map(([key, kernel]) => [key, kernel.key])),
  };
}

/** The likeliest variants, untried: for a device that computes nothing. */
export function firstVariants(gpu: Gpu): GemmVariants {
  return {
    ...chosenFrom(
      (name, M, type) => gemmCandidates(gpu, rowClass(gpu, M), type)[name][0] as unknown as Kernel,
    ),
    choice: {},
  };
}

const perClass = <T>(of: (rows: RowClass) => T) =>
  Object.fromEntries(ROW_CLASSES.map((rows) => [rows, of(rows)])) as Record<RowClass, T>;

/** What was chosen as the model asks for it: with the loads of the weights' type. */
function chosenFrom(
  of: (name: GemmName, M: number, type: WeightType) => Kernel,
): Omit<GemmVariants, "choice"> {
  const typed = <Name extends GemmName>(name: Name) => {
    return (M: number, type: WeightType) => withWeights(of(name, M, type), type) as unknown as GemmSet[Name];
  };
  return {
    matmulNt: typed("matmulNt"),
    matmulNn: typed("matmulNn"),
    matmulTn: of("matmulTn", TIMED_ROWS.many, "F32") as unknown as GemmSet["matmulTn"],
    headLse: typed("headLse"),
  };
}

const choiceKey = (name: GemmName, type: WeightType, rows: RowClass): string => `${name} ${type} ${rows}`;

/** The gradients of LoRA's matrices sum over all rows at once, blocks of them at a time: one class. */
const classesOf = (name: GemmName): readonly RowClass[] => (name === "matmulTn" ? ["many"] : ROW_CLASSES);

/** What a product's weights may be. Adapters are f32. */
function typesOf(name: GemmName, { layers, head }: ModelTypes): readonly WeightType[] {
  if (name === "matmulTn") return ["F32"]; // has no weights
  if (name === "headLse") return [head];
  return [...new Set([...layers, head, "F32" as const])];
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

/** The fastest of the kernels on this class's problem. */
async function race(
  gpu: Gpu,
  name: GemmName,
  kernels: readonly Kernel[],
  rows: RowClass,
  type: WeightType,
): Promise<Kernel> {
  const trial = openTrial(gpu, name, { ...TIMED_SIZE, M: TIMED_ROWS[rows] }, type);
  const times: { kernel: Kernel; seconds: number }[] = [];
  for (const kernel of kernels) times.push({ kernel, seconds: await timeOne(gpu, () => trial.run(kernel)) });
  trial.close();
  return times.reduce((best, one) => (one.seconds < best.seconds ? one : best)).kernel;
}

/**
 * How fast the chosen product of some rows is on this adapter, floating-point operations a second: 2·M·N·K over the best time,
 * f32 weights.
 * @throws LabError kernel-failed where `choice`, as `chooseVariants` makes it, names no kernel of this device
 */
export async function flopsPerSecond(gpu: Gpu, choice: Choice): Promise<number> {
  const kernels: readonly Kernel[] = gemmVariants(gpu).matmulNt; // a choice of before need not be a candidate any more
  const kernel = kernels.find(({ key }) => key === choice["matmulNt F32 some"]);
  if (!kernel) throw new LabError("kernel-failed", `no kernel is named ${choice["matmulNt F32 some"]}`);
  const trial = openTrial(gpu, "matmulNt", { ...TIMED_SIZE, M: TIMED_ROWS.some }, "F32");
  const seconds = await timeOne(gpu, () => trial.run(kernel));
  trial.close();
  return trial.flops / seconds;
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

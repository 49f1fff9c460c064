/** `bench`: what this machine's adapter makes of the matrix products, in GFLOP/s. */
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type Choice, chooseVariants, type GemmVariants } from "../gpu/autotune.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { openTrial, type TrialSize } from "../gpu/gemmTrial.ts";
import type { Kernel } from "../gpu/kernel.ts";
import type { GemmName } from "../gpu/kernels/gemm.ts";
import type { WeightType } from "../gpu/kernels/weightTypes.ts";
import { nodeGpu } from "./nodeGpu.ts";

/** One product measured. GFLOP/s = 2·M·N·K / seconds, LoRA's term (rank 8) not counted. */
export interface BenchRow extends TrialSize {
  product: GemmName;
  kernel: string;
  weights: WeightType;
  gflops: number; // by wall time
  gflops_per_core: number | null; // by the processor time of the adapter's threads; null where that is not known
}

/** X (M, K), W (N, K), and which products of them. */
export interface BenchSize extends TrialSize {
  weights: WeightType;
  products: readonly GemmName[];
}

/** kernels.md's yardstick, then pocket's projections and head. */
const SIZES: readonly BenchSize[] = [
  { M: 256, K: 576, N: 1536, weights: "F32", products: ["matmulNt", "matmulNn"] },
  { M: 256, K: 576, N: 1536, weights: "F16", products: ["matmulNt", "matmulNn"] },
  { M: 256, K: 576, N: 1536, weights: "Q8_0", products: ["matmulNt", "matmulNn"] },
  { M: 256, K: 576, N: 1536, weights: "Q4_1", products: ["matmulNt", "matmulNn"] },
  { M: 256, K: 576, N: 1536, weights: "Q4_K", products: ["matmulNt", "matmulNn"] },
  { M: 1, K: 576, N: 1536, weights: "F32", products: ["matmulNt"] }, // the mat-vec of a decode step
  { M: 1, K: 576, N: 1536, weights: "Q8_0", products: ["matmulNt"] },
  { M: 1, K: 576, N: 1536, weights: "Q4_1", products: ["matmulNt"] },
  { M: 1, K: 576, N: 1536, weights: "Q4_K", products: ["matmulNt"] },
  { M: 2048, K: 128, N: 128, weights: "F16", products: ["matmulNt", "matmulNn"] },
  { M: 2048, K: 128, N: 384, weights: "F16", products: ["matmulNt", "matmulNn"] },
  { M: 2048, K: 384, N: 128, weights: "F16", products: ["matmulNt", "matmulNn"] },
  { M: 2048, K: 128, N: 16, weights: "F32", products: ["matmulNt", "matmulTn"] }, // X·Aᵀ, dA
  { M: 2048, K: 16, N: 128, weights: "F32", products: ["matmulNn"] }, // dY·B
  { M: 512, K: 128, N: 1024, weights: "F16", products: ["headLse"] },
  { M: 8, K: 128, N: 384, weights: "F16", products: ["matmulNt"] },
];
const ROUNDS = 7;
const BATCH_SECONDS = 0.1;

/** Measures every size and shows a line each; with `out` all of it as JSON too. */
export async function bench(out: string | null): Promise<void> {
  const gpu = await openGpu({ gpu: await nodeGpu() });
  console.log(gpu.info.name);
  const rows = await measureProducts(gpu, SIZES, (row) => console.log(line(row)));
  const result = { date: new Date().toISOString().slice(0, 10), adapter: gpu.info.name, rows };
  if (out !== null) await writeFile(out, `${JSON.stringify(result, null, 1)}\n`);
  gpu.destroy();
}

/** A row for every product of every size, by the kernel that the tuner chooses for so many rows. */
export async function measureProducts(
  gpu: Gpu,
  sizes: readonly BenchSize[],
  onRow: (row: BenchRow) => void,
): Promise<BenchRow[]> {
  const variants = new Map<WeightType, GemmVariants>();
  let choice: Choice = {};
  for (const type of new Set(sizes.map(({ weights }) => weights))) {
    const chosen = await chooseVariants(gpu, choice, { layers: [type], head: type });
    variants.set(type, chosen);
    choice = { ...choice, ...chosen.choice };
  }
  const rows: BenchRow[] = [];
  for (const { weights, products, ...size } of sizes) {
    for (const product of products) {
      const chosen = variants.get(weights)![product];
      const kernel = (typeof chosen === "function" ? chosen(size.M, weights) : chosen) as unknown as Kernel;
      const row = {
        product,
        kernel: kernel.key,
        weights,
        ...size,
        ...(await rate(gpu, product, kernel, size, weights)),
      };
      rows.push(row);
      onRow(row);
    }
  }
  return rows;
}

/** The best of some batches, each long enough for the clock. */
async function rate(gpu: Gpu, product: GemmName, kernel: Kernel, size: TrialSize, weights: WeightType) {
  const trial = openTrial(gpu, product, size, weights);
  const J = product === "matmulTn" ? 16 : size.N;
  const flops = 2 * size.M * J * size.K;
  let repeats = 1;
  let gflops = 0;
  let perCore: number | null = null;
  await gpu.idle();
  for (let round = 0; round < ROUNDS; ) {
    const [start, cpu] = [performance.now(), adapterSeconds(gpu)];
    for (let i = 0; i < repeats; i++) trial.run(kernel);
    await gpu.idle();
    const seconds = (performance.now() - start) / 1000;
    if (seconds < BATCH_SECONDS && repeats < 4096) {
      repeats *= 2;
      continue;
    }
    const after = adapterSeconds(gpu);
    gflops = Math.max(gflops, (flops * repeats) / seconds / 1e9);
    if (cpu !== null && after !== null)
      perCore = Math.max(perCore ?? 0, (flops * repeats) / (after - cpu) / 1e9);
    round++;
  }
  trial.close();
  return { gflops, gflops_per_core: perCore };
}

/** Processor time of all threads but the main one, where a software adapter computes; null on a GPU and off Linux. */
function adapterSeconds(gpu: Gpu): number | null {
  if (!gpu.info.isFallbackAdapter) return null;
  try {
    const threads = readdirSync("/proc/self/task").filter((id) => Number(id) !== process.pid);
    const nanoseconds = threads.map((id) =>
      Number(readFileSync(`/proc/self/task/${id}/schedstat`, "utf8").split(" ")[0]),
    );
    return nanoseconds.reduce((a, b) => a + b, 0) / 1e9;
  } catch {
    return null;
  }
}

function line(row: BenchRow): string {
  const cells = [
    row.kernel.padEnd(34),
    row.weights.padEnd(4),
    `${row.M}×${row.K}×${row.N}`.padEnd(14),
    `${row.gflops.toFixed(1).padStart(7)} GFLOP/s`,
  ];
  if (row.gflops_per_core !== null) cells.push(`${row.gflops_per_core.toFixed(1).padStart(7)} a core`);
  return cells.join("  ");
}

/**
 * The parts of the GPU bench that run in Node: `node main.js PART FILE [try]` writes a part's result to FILE. Bundled into one
 * file by test/bench/gpu.mjs, which also runs it. A try is small: it says that a part works, not how fast anything is.
 */
import { writeFileSync } from "node:fs";
import { type Gpu, openGpu } from "../../../src/gpu/device.ts";
import { WEIGHT_TYPES } from "../../../src/gpu/kernels/weightTypes.ts";
import { allChecks, plainChecks, runChecks } from "../../../src/gpu/selfCheck.ts";
import { type BenchSize, measureProducts } from "../../../src/lab/bench.ts";
import { nodeGpu } from "../../../src/lab/nodeGpu.ts";
import {
  measureCeilings,
  openBenchModel,
  per,
  stopwatch,
  type Timing,
  timeDecode,
  timeScore,
  timeStep,
  workOf,
} from "../../helpers/modelBench.ts";
import { SMOLLM2, smolShape } from "../../helpers/smolShape.ts";

interface Plan {
  isTry: boolean;
  shape: typeof SMOLLM2;
  steps: [sequences: number, tokens: number][];
  products: [M: number, K: number, N: number][]; // of which the share of the ceiling is taken
}

/** What is measured: problems that a GPU is busy with, or such as a processor can do in the same time. */
function planOf(software: boolean, isTry: boolean): Plan {
  if (isTry) {
    const shape = { ...SMOLLM2, vocab_size: 1024, num_hidden_layers: 2 };
    return { isTry, shape, steps: [[1, 32]], products: [[64, 128, 128]] };
  }
  return {
    isTry,
    shape: SMOLLM2,
    steps: software
      ? [[1, 512]]
      : [
          [1, 512],
          [8, 512],
        ],
    products: software
      ? [[512, 576, 1536]]
      : [
          [512, 576, 1536], // a layer of SmolLM2 in a step of 512 tokens
          [4096, 576, 1536],
          [4096, 4096, 4096],
        ],
  };
}

const TRIED_KERNELS = 8;

const PARTS: Record<string, (gpu: Gpu, plan: Plan) => Promise<object>> = {
  about: async (_, { isTry: _try, ...plan }) => plan,

  /** Every kernel that this adapter may be given, against its float64 reference. */
  async kernels(gpu, { isTry }) {
    const checks = isTry ? (await plainChecks(gpu)).slice(0, TRIED_KERNELS) : await allChecks(gpu);
    for (let i = 0; i < checks.length; i += 32)
      await Promise.allSettled(checks.slice(i, i + 32).map(({ kernel }) => gpu.prepare([kernel])));
    const results = await runChecks(gpu, checks, {
      onResult: ({ kernel, passed }, done) => {
        if (!passed || done % 50 === 0)
          console.log(`${done}/${checks.length} ${passed ? "" : `WRONG: ${kernel}`}`);
      },
    });
    const failed = results.filter(({ passed }) => !passed);
    return {
      checked: results.length,
      passed: results.length - failed.length,
      failed: failed.map(({ kernel, fault, share }) => ({ kernel, fault, share })),
      weight_types: isTry ? ["F32"] : WEIGHT_TYPES,
    };
  },

  /** The products beside what the adapter multiplies and adds at most. */
  async gemm(gpu, { products }) {
    const { fma, copy } = await measureCeilings(gpu, stopwatch(gpu));
    const sizes = products.flatMap(([M, K, N]): BenchSize[] => [
      { M, K, N, weights: "F32", products: ["matmulNt", "matmulNn"] },
      { M, K, N, weights: "Q4_1", products: ["matmulNt", "matmulNn"] },
    ]);
    const rows = await measureProducts(gpu, sizes, ({ product, weights, M, K, N, gflops, kernel }) =>
      console.log(`${product} ${weights} ${M}×${K}×${N}: ${gflops.toFixed(1)} GFLOP/s, ${kernel}`),
    );
    return {
      fma_gflops: fma / 1e9,
      copy_gb_per_s: copy / 1e9,
      rows: rows.map((row) => ({ ...row, share_of_fma: ((row.gflops_per_core ?? row.gflops) * 1e9) / fma })),
    };
  },

  /** A LoRA step with weights as PyTorch has them (F32) and as the page has them (Q4_1); decoding; scoring. */
  async model(gpu, { shape, steps, isTry }) {
    const time = stopwatch(gpu, isTry ? 1 : undefined);
    const said = (what: string, { median_seconds: s }: Timing) =>
      console.log(`${what}: ${s > 0 ? `${(1000 * s).toFixed(2)} ms` : "–"}`);
    const trained = [];
    let told: object = {};
    const types = [["F32", "F32"] as const, ["Q4_1", "Q8_0"] as const].slice(0, isTry ? 1 : 2);
    for (const [projections, embedding] of types) {
      const model = await smolShape(gpu, projections, embedding, shape);
      const lm = await openBenchModel(gpu, model);
      const work = workOf(model);
      for (const [sequences, tokens] of steps) {
        const step = await timeStep(lm, time, sequences, tokens);
        said(`step of ${sequences} × ${tokens}, ${projections}`, step);
        const gflops = per(step, work.stepFlops(sequences, tokens)) / 1e9;
        trained.push({ sequences, tokens, projections, embedding, ...step, gflops });
      }
      if (projections === types.at(-1)![0]) {
        const [tokens, scored] = isTry ? [4, 32] : [32, 512];
        const decode = await timeDecode(lm, time, tokens);
        said(`${tokens} tokens decoded`, decode);
        const score = await timeScore(lm, time, 4, scored);
        said(`4 × ${scored} tokens scored`, score);
        // A difference of two timings: where it is none, so few tokens say nothing.
        const tokens_per_s = decode.median_seconds > 0 ? tokens / decode.median_seconds : null;
        told = {
          decode: { tokens, projections, ...decode, tokens_per_s },
          score: { tokens: 4 * scored, ...score, tokens_per_s: (4 * scored) / score.median_seconds },
        };
      }
      lm.destroy();
    }
    return { steps: trained, ...told };
  },
};

const [part = "", file = "", isTry] = process.argv.slice(2);
const run = PARTS[part];
if (!run || !file) {
  console.error(`node main.js ${Object.keys(PARTS).join("|")} FILE [try]`);
  process.exit(2);
}
const gpu = await openGpu({ gpu: await nodeGpu() });
const plan = planOf(gpu.info.isFallbackAdapter, isTry === "try");
const result = await run(gpu, plan);
writeFileSync(file, JSON.stringify({ adapter: gpu.info, ...result }));
gpu.destroy();
process.exit(0); // Dawn keeps the process open

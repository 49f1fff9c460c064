/**
 * SmolLM2-135M on this adapter: one LoRA step of 512 tokens, decoding, scoring; beside them what the adapter can do at most
 * (multiply-adds without memory, memory without arithmetic).
 */
import { expect, test } from "vitest";
import { openTrial } from "../../src/gpu/gemmTrial.ts";
import { gemmCandidates } from "../../src/gpu/kernels/gemm.ts";
import { testGpu } from "../helpers/gpu.ts";
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
} from "../helpers/modelBench.ts";
import { writeResult } from "../helpers/results.ts";
import { smolShape } from "../helpers/smolShape.ts";

const T = 512;
const NEW_TOKENS = 32;
const SCORED = 4; // sequences

const gpu = await testGpu();
const software = gpu.info.isFallbackAdapter;
const time = stopwatch(gpu);

test("SmolLM2-135M", { timeout: 1_800_000 }, async () => {
  const { fma, copy } = await measureCeilings(gpu, time);
  const model = await smolShape(gpu);
  const lm = await openBenchModel(gpu, model);
  const { hidden_size: C, intermediate_size: F } = model.config;
  const { tokenFlops, stepFlops, scoreFlops } = workOf(model);
  const trained = await timeStep(lm, time, 1, T);

  // Mat-vec: the model's commonest product with one row; a decode step is many of these and what lies between.
  const vec = { M: 1, N: F, K: C };
  const trial = openTrial(gpu, "matmulNt", vec, "Q4_1");
  const kernel = gemmCandidates(gpu, "one").matmulNt[0]!;
  const repeats = 200;
  const vecTime = await time(() => {
    for (let i = 0; i < repeats; i++) trial.run(kernel as never);
  });
  trial.close();
  const matVec = per(vecTime, repeats * 2 * vec.N * vec.K);

  const decoded = await timeDecode(lm, time, NEW_TOKENS);
  const scored = await timeScore(lm, time, SCORED, T);

  const rate = ({ seconds, core_seconds, ...t }: Timing, flops: number) => {
    const gflops = per({ seconds, core_seconds, ...t }, flops) / 1e9;
    return { seconds, core_seconds, gflops, share_of_fma: (gflops * 1e9) / fma };
  };
  const result = {
    about:
      "SmolLM2-135M's shape, random weights, projections Q4_1, embedding and head Q8_0, LoRA r 8 on all seven projections; best of 3 rounds; rates by processor time of the adapter's threads (a core) on a software adapter, by wall time on a GPU",
    ceilings: { fma_gflops: fma / 1e9, copy_gb_per_s: copy / 1e9 },
    lora_step: {
      tokens: T,
      ...rate(trained, stepFlops(1, T)),
      tokens_per_s: T / trained.seconds,
      bar_gflops: software ? 9 : null,
    },
    mat_vec: { gflops: matVec / 1e9 },
    decode: {
      tokens: NEW_TOKENS,
      ...rate(decoded, NEW_TOKENS * tokenFlops),
      tokens_per_s: NEW_TOKENS / decoded.seconds,
      share_of_copy: per(decoded, NEW_TOKENS * model.weights.bytes) / copy,
      share_of_mat_vec: per(decoded, NEW_TOKENS * tokenFlops) / matVec,
      bar_share_of_mat_vec: 0.6,
    },
    scoring: {
      tokens: SCORED * T,
      ...rate(scored, scoreFlops(SCORED, T)),
      tokens_per_s: (SCORED * T) / scored.seconds,
    },
  };
  await writeResult(software ? "model.node" : `model.${gpu.info.name}`, gpu.info.name, result);
  if (software) expect(result.lora_step.gflops).toBeGreaterThanOrEqual(9);
  expect(result.decode.share_of_mat_vec).toBeGreaterThanOrEqual(0.6);
});

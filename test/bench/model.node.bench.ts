/**
 * SmolLM2-135M on this adapter: one LoRA step of 512 tokens, decoding, scoring, each by turns with what the adapter can do at most
 * (multiply-adds without memory, a product with one row); memory without arithmetic beside them.
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
import { median, writeResult } from "../helpers/results.ts";
import { smolShape } from "../helpers/smolShape.ts";

const T = 512;
const NEW_TOKENS = 32;
const SCORED = 4; // sequences

const ROUNDS = 5;
const gpu = await testGpu();
const software = gpu.info.isFallbackAdapter;
const time = stopwatch(gpu, 1);

/** Amounts a second. */
type Rate = () => Promise<number>;

/**
 * How much of what the adapter can do at most some work reaches, on a machine whose speed changes by the minute: ceiling, work,
 * ceiling, work, …, ceiling; each work against the mean of the ceilings before and after it.
 */
async function shareOf(
  ceiling: Rate,
  work: Rate,
): Promise<{ share: number; rounds: number[]; ceiling: number; work: number }> {
  const ceilings = [await ceiling()];
  const works = [];
  for (let round = 0; round < ROUNDS; round++) {
    works.push(await work());
    ceilings.push(await ceiling());
  }
  const rounds = works.map((rate, i) => (2 * rate) / (ceilings[i]! + ceilings[i + 1]!));
  return { share: median(rounds), rounds, ceiling: median(ceilings), work: median(works) };
}

test("SmolLM2-135M", { timeout: 1_800_000 }, async () => {
  const model = await smolShape(gpu);
  const lm = await openBenchModel(gpu, model);
  const { hidden_size: C, intermediate_size: F } = model.config;
  const { tokenFlops, stepFlops, scoreFlops } = workOf(model);
  const ceilings = () => measureCeilings(gpu, time);
  const fma = async () => (await ceilings()).fma;

  const seconds: Record<string, number[]> = { step: [], decode: [], score: [] };
  const rateOf = (name: string, timing: Timing, flops: number) => {
    seconds[name]!.push(timing.seconds);
    return per(timing, flops);
  };
  const step = await shareOf(fma, async () =>
    rateOf("step", await timeStep(lm, time, 1, T), stepFlops(1, T)),
  );

  // Mat-vec: the model's commonest product with one row; a decode step is many of these and what lies between.
  const vec = { M: 1, N: F, K: C };
  const trial = openTrial(gpu, "matmulNt", vec, "Q4_1");
  const kernel = gemmCandidates(gpu, "one").matmulNt[0]!;
  const repeats = 200;
  const matVec = async () => {
    const timing = await time(() => {
      for (let i = 0; i < repeats; i++) trial.run(kernel as never);
    });
    return per(timing, repeats * 2 * vec.N * vec.K);
  };
  const decode = await shareOf(matVec, async () =>
    rateOf("decode", await timeDecode(lm, time, NEW_TOKENS), NEW_TOKENS * tokenFlops),
  );
  trial.close();

  const score = await shareOf(fma, async () =>
    rateOf("score", await timeScore(lm, time, SCORED, T), scoreFlops(SCORED, T)),
  );

  const { copy } = await ceilings();
  const result = {
    about: `SmolLM2-135M's shape, random weights, projections Q4_1, embedding and head Q8_0, LoRA r 8 on all seven projections; ${ROUNDS} rounds, a ceiling measured before and after each: shares are the median of the rounds', rates and seconds medians too; rates by processor time of the adapter's threads (a core) on a software adapter, by wall time on a GPU`,
    ceilings: { fma_gflops: step.ceiling / 1e9, copy_gb_per_s: copy / 1e9 },
    lora_step: {
      tokens: T,
      seconds: median(seconds.step!),
      gflops: step.work / 1e9,
      share_of_fma: step.share,
      rounds: step.rounds,
      tokens_per_s: T / median(seconds.step!),
      bar_share_of_fma: software ? 0.55 : null,
    },
    mat_vec: { gflops: decode.ceiling / 1e9 },
    decode: {
      tokens: NEW_TOKENS,
      seconds: median(seconds.decode!),
      gflops: decode.work / 1e9,
      share_of_mat_vec: decode.share,
      rounds: decode.rounds,
      tokens_per_s: NEW_TOKENS / median(seconds.decode!),
      bar_share_of_mat_vec: 0.6,
    },
    scoring: {
      tokens: SCORED * T,
      seconds: median(seconds.score!),
      gflops: score.work / 1e9,
      share_of_fma: score.share,
      rounds: score.rounds,
      tokens_per_s: (SCORED * T) / median(seconds.score!),
    },
  };
  await writeResult(software ? "model.node" : `model.${gpu.info.name}`, gpu.info.name, result);
  if (software) expect(result.lora_step.share_of_fma).toBeGreaterThanOrEqual(0.55);
  expect(result.decode.share_of_mat_vec).toBeGreaterThanOrEqual(0.6);
});

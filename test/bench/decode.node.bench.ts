/**
 * Decoding with K-quants: a step beside the mat-vecs it consists of, each product at the rate of its own type. Rows of SmolLM2's
 * 576 are no whole blocks of 256, so the shape is another; one without K-quants stands beside.
 */
import { expect, test } from "vitest";
import { openTrial } from "../../src/gpu/gemmTrial.ts";
import type { Kernel } from "../../src/gpu/kernel.ts";
import { gemmCandidates } from "../../src/gpu/kernels/gemm.ts";
import type { WeightType } from "../../src/gpu/kernels/weightTypes.ts";
import { openCausalLm } from "../../src/model/causalLm.ts";
import { workerSeconds } from "../helpers/cpuTime.ts";
import { testGpu } from "../helpers/gpu.ts";
import { writeResult } from "../helpers/results.ts";
import { SMOLLM2, smolShape } from "../helpers/smolShape.ts";

const SHAPE = {
  hidden_size: 768,
  intermediate_size: 2048,
  num_hidden_layers: 8,
  num_attention_heads: 12,
  num_key_value_heads: 4,
  vocab_size: 16384,
};
const TYPES: readonly (readonly [projections: WeightType, head: WeightType])[] = [
  ["Q4_K", "Q6_K"],
  ["Q6_K", "Q6_K"],
  ["Q4_1", "Q8_0"],
];
const ROUNDS = 4; // after one that compiles
const NEW_TOKENS = 16;
const REPEATS = 50;
const BAR = 0.6;

const gpu = await testGpu();

/** Seconds of the adapter's threads, on a GPU by the wall. */
async function time(run: () => unknown): Promise<number> {
  const now = () => (gpu.info.isFallbackAdapter ? workerSeconds() : performance.now() / 1000);
  await gpu.idle();
  const start = now();
  await run();
  await gpu.idle();
  return now() - start;
}

test("decoding with K-quants", { timeout: 1_800_000 }, async () => {
  const { hidden_size: C, intermediate_size: F, num_hidden_layers: L, vocab_size: V } = SHAPE;
  const { num_attention_heads: NH, num_key_value_heads: NKV } = SHAPE;
  const linear = L * (2 * C * C + (2 * C * C * NKV) / NH + 3 * C * F);
  const head = C * V;
  const vec = { M: 1, N: F, K: C };
  const rows = [];
  for (const [projections, embedding] of TYPES) {
    const lm = await openCausalLm(
      gpu,
      await smolShape(gpu, projections, embedding, { ...SMOLLM2, ...SHAPE }),
    );
    const generate = (tokens: number) => () =>
      lm.generate(
        [
          {
            prompt: Array.from({ length: 16 }, (_, i) => (i * 7919) % V),
            max_new_tokens: tokens,
            stop_ids: [],
            temperature: 0,
            top_k: 0,
            top_p: 1,
            seed: 0,
          },
        ],
        false,
      );
    const trials = [projections, embedding].map((type) => openTrial(gpu, "matmulNt", vec, type));
    const kernel = gemmCandidates(gpu, "one").matmulNt[0] as unknown as Kernel;
    const matVec = (which: 0 | 1) => () => {
      for (let i = 0; i < REPEATS; i++) trials[which]!.run(kernel);
    };
    const runs = [matVec(0), matVec(1), generate(1), generate(1 + NEW_TOKENS)];
    const best = runs.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round <= ROUNDS; round++)
      for (const [i, run] of runs.entries()) {
        const seconds = await time(run);
        if (round > 0) best[i] = Math.min(best[i]!, seconds);
      }
    for (const trial of trials) trial.close();
    const [inner, last] = best.slice(0, 2).map((seconds) => (REPEATS * 2 * F * C) / seconds) as [
      number,
      number,
    ];
    const token = (best[3]! - best[2]!) / NEW_TOKENS;
    rows.push({
      projections,
      head: embedding,
      mat_vec_gflops: { projections: inner / 1e9, head: last / 1e9 },
      seconds_per_token: token,
      gflops: (2 * (linear + head)) / token / 1e9,
      share_of_mat_vec: ((2 * linear) / inner + (2 * head) / last) / token,
    });
    lm.destroy();
  }
  await writeResult("decode.node", gpu.info.name, {
    about: `a decoder of ${L} blocks, hidden size ${C}, MLP ${F}, vocabulary ${V}, random weights; ${NEW_TOKENS} tokens by themselves; best of ${ROUNDS} rounds in which mat-vecs and decoding alternate; seconds are the processor time of the adapter's threads on a software adapter; share_of_mat_vec: the time that the step's matrix products take at their types' rates of a mat-vec of ${F}×${C}, by the time of the step`,
    rows,
    bar: BAR,
  });
  for (const row of rows) expect(row.share_of_mat_vec, row.projections).toBeGreaterThanOrEqual(BAR);
});

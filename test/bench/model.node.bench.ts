/**
 * SmolLM2-135M on this adapter: one LoRA step of 512 tokens, decoding, scoring; beside them what the adapter can do at most
 * (multiply-adds without memory, memory without arithmetic). FLOPs are those the mathematics needs (kernels.md §11): what is
 * recomputed or computed on padding is not counted.
 */
import { expect, test } from "vitest";
import { TARGET_MODULES } from "../../src/core/config.ts";
import { openTrial } from "../../src/gpu/gemmTrial.ts";
import { gemmCandidates } from "../../src/gpu/kernels/gemm.ts";
import { peakCopy } from "../../src/gpu/kernels/peakCopy.ts";
import { peakFma } from "../../src/gpu/kernels/peakFma.ts";
import { openCausalLm } from "../../src/model/causalLm.ts";
import { workerSeconds } from "../helpers/cpuTime.ts";
import { testGpu } from "../helpers/gpu.ts";
import { minusMean } from "../helpers/losses.ts";
import { writeResult } from "../helpers/results.ts";
import { smolShape } from "../helpers/smolShape.ts";

const T = 512;
const R = 8;
const ROUNDS = 3;
const NEW_TOKENS = 32;

const gpu = await testGpu();
const software = gpu.info.isFallbackAdapter;

interface Timing {
  seconds: number; // wall
  core_seconds: number | null; // processor time of the adapter's threads; null on a GPU
}

/** The best of some rounds after one that compiles. */
async function time(run: () => unknown, rounds = ROUNDS): Promise<Timing> {
  const best: Timing = {
    seconds: Number.POSITIVE_INFINITY,
    core_seconds: software ? Number.POSITIVE_INFINITY : null,
  };
  for (let round = 0; round <= rounds; round++) {
    await gpu.idle();
    const [start, cpu] = [performance.now(), workerSeconds()];
    await run();
    await gpu.idle();
    if (round === 0) continue;
    best.seconds = Math.min(best.seconds, (performance.now() - start) / 1000);
    if (best.core_seconds !== null) best.core_seconds = Math.min(best.core_seconds, workerSeconds() - cpu);
  }
  return best;
}

/** Rates by processor time on a software adapter, by wall time on a GPU. */
const per = ({ seconds, core_seconds }: Timing, amount: number) => amount / (core_seconds ?? seconds);

test("SmolLM2-135M", { timeout: 1_800_000 }, async () => {
  // What the adapter can do at most.
  const n = 1 << 16;
  const [start, y] = [gpu.allocate(4 * n, "start"), gpu.allocate(4 * n, "y")];
  const rounds = 512;
  const fma = per(
    await time(() => gpu.run(peakFma, { start, y }, { n, rounds, a: 0.75, b: 0.125 })),
    peakFma.flops({ n, rounds, a: 0, b: 0 }),
  );
  const words = 1 << 24;
  const [from, to] = [gpu.allocate(4 * words, "from"), gpu.allocate(4 * words, "to")];
  const copy = per(await time(() => gpu.run(peakCopy, { x: from, y: to }, { n: words })), 8 * words);
  for (const range of [start, y, from, to]) gpu.free(range);

  const model = await smolShape(gpu);
  const lm = await openCausalLm(gpu, model);
  const { config, weights } = model;
  const { hidden_size: C, intermediate_size: F, num_hidden_layers: L, vocab_size: V } = config;
  const { num_attention_heads: NH, num_key_value_heads: NKV, head_dim: hs } = config;
  const linear = L * (C * (NH + 2 * NKV) * hs + NH * hs * C + 3 * C * F);
  const head = V * C;
  const lora = L * R * (3 * C + (NH + 2 * NKV) * hs + NH * hs + C + 2 * (C + F) + F + C);
  const attention = 2 * L * NH * hs * T * T;

  lm.newAdapter({ r: R, lora_alpha: 16, target_modules: [...TARGET_MODULES], use_rslora: false }, 0);
  await lm.fit(T);
  const ids = Array.from({ length: T + 1 }, (_, i) => (i * 7919) % V);
  const question = minusMean([{ context: ids.slice(0, 1), completion: ids.slice(1) }]);
  let step = 0;
  const trained = await time(() =>
    lm.update([question], { step: ++step, learning_rate: 1e-4, weight_decay: 0, max_grad_norm: 1 }),
  );
  const stepFlops = (4 * linear + 4 * head + 6 * lora) * T + 4.5 * attention;

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

  const request = (new_tokens: number) => ({
    prompt: ids.slice(0, 16),
    max_new_tokens: new_tokens,
    stop_ids: [],
    temperature: 0,
    top_k: 0,
    top_p: 1,
    seed: 0,
  });
  const one = await time(() => lm.generate([request(1)], false));
  const all = await time(() => lm.generate([request(1 + NEW_TOKENS)], false));
  const decoded: Timing = {
    seconds: all.seconds - one.seconds,
    core_seconds: all.core_seconds === null ? null : all.core_seconds - one.core_seconds!,
  };
  const tokenFlops = 2 * (linear + head);

  const scored = await time(() =>
    lm.score(
      Array.from({ length: 4 }, (_, i) => ({ context: [], completions: [ids.map((id) => (id + i) % V)] })),
      false,
    ),
  );
  const scoreFlops = 4 * ((2 * linear + 2 * head) * T + attention);

  const rate = (t: Timing, flops: number) => ({
    ...t,
    gflops: per(t, flops) / 1e9,
    share_of_fma: per(t, flops) / fma,
  });
  const result = {
    about:
      "SmolLM2-135M's shape, random weights, projections Q4_1, embedding and head Q8_0, LoRA r 8 on all seven projections; best of 3 rounds; rates by processor time of the adapter's threads (a core) on a software adapter, by wall time on a GPU",
    ceilings: { fma_gflops: fma / 1e9, copy_gb_per_s: copy / 1e9 },
    lora_step: {
      tokens: T,
      ...rate(trained, stepFlops),
      tokens_per_s: T / trained.seconds,
      bar_gflops: software ? 9 : null,
    },
    mat_vec: { gflops: matVec / 1e9 },
    decode: {
      tokens: NEW_TOKENS,
      ...rate(decoded, NEW_TOKENS * tokenFlops),
      tokens_per_s: NEW_TOKENS / decoded.seconds,
      share_of_copy: per(decoded, NEW_TOKENS * weights.bytes) / copy,
      share_of_mat_vec: per(decoded, NEW_TOKENS * tokenFlops) / matVec,
      bar_share_of_mat_vec: 0.6,
    },
    scoring: { tokens: 4 * T, ...rate(scored, scoreFlops), tokens_per_s: (4 * T) / scored.seconds },
  };
  await writeResult(software ? "model.node" : `model.${gpu.info.name}`, gpu.info.name, result);
  if (software) expect(result.lora_step.gflops).toBeGreaterThanOrEqual(9);
  expect(result.decode.share_of_mat_vec).toBeGreaterThanOrEqual(0.6);
});

/**
 * Attention's three kernels as this adapter gets them, on packs of sequences of 30 to 180 tokens. GFLOP/s a core: 4, 6 and 8
 * · hs FLOPs for every (query, head, key) that is seen (scores and mixture; + dq's; scores, two products, dk and dv), over the
 * CPU time of the workers; the best of the rounds.
 */
import { test } from "vitest";
import {
  attentionBackwardKvFor,
  attentionBackwardQFor,
  attentionFor,
} from "../../src/gpu/kernels/attentionVariants.ts";
import { attentionCase, sizeOf } from "../helpers/attention.ts";
import { workerSeconds } from "../helpers/cpuTime.ts";
import { testGpu } from "../helpers/gpu.ts";
import { writeResult } from "../helpers/results.ts";

const LENGTHS = [30, 180, 90, 60, 120, 45, 150, 75];
const ROUNDS = 12;
const MODELS = { pocket: [4, 2, 32], "SmolLM2-135M": [9, 3, 64] } as const;

test("attention", async () => {
  const gpu = await testGpu();
  const result: Record<string, unknown> = {};
  for (const [model, heads] of Object.entries(MODELS)) {
    const c = attentionCase(
      [...LENGTHS, ...LENGTHS, ...LENGTHS].map((n) => [n]),
      heads,
    );
    const { T, NH, NKV, hs } = c;
    const scratch = (words: number, label: string) => gpu.allocate(4 * words, label);
    const stats = gpu.upload(new Float32Array(2 * T * NH).fill(10), "stats"); // any: time does not depend on it
    const bound = {
      q: gpu.upload(c.q, "q"),
      k: gpu.upload(c.k, "k"),
      v: gpu.upload(c.v, "v"),
      spans: gpu.upload(c.spans, "spans"),
      reach: gpu.upload(c.reach, "reach"),
      dout: gpu.upload(c.dout, "dout"),
      o: scratch(T * NH * hs, "o"),
      dq: scratch(T * NH * hs, "dq"),
      dk: scratch(T * NKV * hs, "dk"),
      dv: scratch(T * NKV * hs, "dv"),
      stats,
    };
    const params = sizeOf(c);
    const forward = attentionFor(gpu, hs);
    const backwardQ = attentionBackwardQFor(gpu, hs);
    const backwardKv = attentionBackwardKvFor(gpu, hs);
    const runs = [
      { kernel: forward.key, flops: 4, run: () => gpu.run(forward, bound, params) },
      { kernel: backwardQ.key, flops: 6, run: () => gpu.run(backwardQ, bound, params) },
      { kernel: backwardKv.key, flops: 8, run: () => gpu.run(backwardKv, bound, params) },
    ];
    const pairs = c.spans.reduce((sum, x, i) => sum + (i % 2 === 1 ? x : -x), 0); // (query, key) seen
    const kernels = [];
    for (const { kernel, flops, run } of runs) {
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round <= ROUNDS; round++) {
        const start = workerSeconds();
        run();
        await gpu.idle();
        if (round > 0) best = Math.min(best, workerSeconds() - start); // the first one compiles
      }
      const gflop = (flops * hs * NH * pairs) / 1e9;
      kernels.push({ kernel, gflop, seconds: best, gflopPerSecond: gflop / best });
    }
    for (const range of Object.values(bound)) gpu.free(range);
    result[model] = { T, NH, NKV, hs, keysPerQuery: pairs / T, kernels };
  }
  await writeResult("attention", gpu.info.name, result);
});

/** Speed of attention's three kernels as an adapter gets them: on a pack of sequences of 30 to 180 tokens and on one of 512. */
import type { Gpu } from "../../src/gpu/device.ts";
import type { Kernel } from "../../src/gpu/kernel.ts";
import {
  attentionBackwardKvFor,
  attentionBackwardQFor,
  attentionFor,
} from "../../src/gpu/kernels/attentionVariants.ts";
import { attentionCase, sizeOf } from "./attention.ts";
import { median } from "./median.ts";

const SHORT = [30, 180, 90, 60, 120, 45, 150, 75];
const PACKS = { "30 to 180 tokens": [...SHORT, ...SHORT, ...SHORT], "512 tokens": [512] };
const MODELS = { pocket: [4, 2, 32], "SmolLM2-135M": [9, 3, 64], "Qwen3-0.6B": [16, 8, 128] } as const;
const ROUNDS = 9;

/**
 * GFLOP/s: 4, 6 and 8 · hs FLOPs for every (query, head, key) that is seen (scores and mixture; + dq's; scores, two products, dk
 * and dv), over the median of the rounds.
 * @param seconds what the clock of this adapter says: processor time where that can be known
 */
export async function attentionRates(gpu: Gpu, seconds: () => number): Promise<Record<string, unknown>> {
  const result: Record<string, unknown> = {};
  for (const [model, heads] of Object.entries(MODELS))
    for (const [pack, lengths] of Object.entries(PACKS)) {
      const c = attentionCase(
        lengths.map((n) => [n]),
        heads,
      );
      const { T, NH, NKV, hs } = c;
      const scratch = (words: number, label: string) => gpu.allocate(4 * words, label);
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
        stats: gpu.upload(new Float32Array(2 * T * NH).fill(10), "stats"), // any: time does not depend on it
      };
      const params = sizeOf(c);
      const forms = [attentionFor, attentionBackwardQFor, attentionBackwardKvFor];
      const kernels = forms.map((of) => of(gpu, hs) as unknown as Kernel);
      const pairs = c.spans.reduce((sum, x, i) => sum + (i % 2 === 1 ? x : -x), 0); // (query, key) seen
      const rates: Record<string, number> = {};
      for (const [i, kernel] of kernels.entries()) {
        const times: number[] = [];
        for (let round = 0; round <= ROUNDS; round++) {
          const start = seconds();
          gpu.run(kernel, bound, params);
          await gpu.idle();
          if (round > 0) times.push(seconds() - start); // the first one compiles
        }
        const flops = [4, 6, 8][i]! * hs * NH * pairs;
        rates[kernel.key] = Math.round(flops / median(times) / 1e7) / 100;
      }
      for (const range of Object.values(bound)) gpu.free(range);
      result[`${model}, ${pack}`] = { T, NH, NKV, hs, keysPerQuery: pairs / T, gflops: rates };
    }
  return result;
}

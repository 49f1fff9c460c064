/**
 * What benches of a model's shape measure: what the adapter can do at most, a LoRA step, decoding, scoring. FLOPs are those the
 * mathematics needs (kernels.md §11): what is recomputed or computed on padding is not counted.
 */
import { TARGET_MODULES } from "../../src/core/config.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { peakCopy } from "../../src/gpu/kernels/peakCopy.ts";
import { peakFma } from "../../src/gpu/kernels/peakFma.ts";
import type { LoadedModel } from "../../src/model/causalLm.ts";
import { type CausalLm, openCausalLm } from "../../src/model/causalLm.ts";
import { workerSeconds } from "./cpuTime.ts";
import { minusMean } from "./losses.ts";
import { median } from "./median.ts";

export const R = 8;
const SOFTWARE_ROUNDS = 3;
const GPU_ROUNDS = 10;
const SHORTEST_SECONDS = 0.01; // of a timing, where it can be repeated

export interface Timing {
  seconds: number; // wall, the best round
  median_seconds: number; // wall
  core_seconds: number | null; // processor time of the adapter's threads, the best round; null on a GPU
}

export type Stopwatch = (run: () => unknown) => Promise<Timing>;

/** Times rounds of the same work after one that compiles; on a GPU a round repeats it until the clock can see it. */
export function stopwatch(gpu: Gpu, rounds?: number): Stopwatch {
  const software = gpu.info.isFallbackAdapter;
  const count = rounds ?? (software ? SOFTWARE_ROUNDS : GPU_ROUNDS);
  return async (run) => {
    const once = async (repeats: number) => {
      await gpu.idle();
      const [start, cpu] = [performance.now(), software ? workerSeconds() : 0];
      for (let i = 0; i < repeats; i++) await run();
      await gpu.idle();
      const seconds = (performance.now() - start) / 1000 / repeats;
      return { seconds, core: software ? (workerSeconds() - cpu) / repeats : null };
    };
    let repeats = 1;
    await once(1);
    if (!software)
      while (repeats < 4096 && repeats * (await once(repeats)).seconds < SHORTEST_SECONDS) repeats *= 2;
    const all = [];
    for (let round = 0; round < count; round++) all.push(await once(repeats));
    const seconds = all.map((one) => one.seconds);
    return {
      seconds: Math.min(...seconds),
      median_seconds: median(seconds),
      core_seconds: software ? Math.min(...all.map((one) => one.core!)) : null,
    };
  };
}

/** Rates by processor time on a software adapter, by wall time on a GPU. */
export const per = ({ seconds, core_seconds }: Timing, amount: number): number =>
  amount / (core_seconds ?? seconds);

export interface Ceilings {
  fma: number; // FLOP/s: multiply-adds without memory
  copy: number; // bytes/s read and written: memory without arithmetic
}

/** Problems that fill the adapter: a GPU has some hundred thousand invocations at once, and should be busy for milliseconds. */
export async function measureCeilings(gpu: Gpu, time: Stopwatch): Promise<Ceilings> {
  const software = gpu.info.isFallbackAdapter;
  const n = software ? 1 << 16 : 1 << 22;
  const rounds = software ? 512 : 4096;
  const [start, y] = [gpu.allocate(4 * n, "start"), gpu.allocate(4 * n, "y")];
  const fma = per(
    await time(() => gpu.run(peakFma, { start, y }, { n, rounds, a: 0.75, b: 0.125 })),
    peakFma.flops({ n, rounds, a: 0, b: 0 }),
  );
  const words = 1 << 24;
  const [from, to] = [gpu.allocate(4 * words, "from"), gpu.allocate(4 * words, "to")];
  const copy = per(await time(() => gpu.run(peakCopy, { x: from, y: to }, { n: words })), 8 * words);
  for (const range of [start, y, from, to]) gpu.free(range);
  return { fma, copy };
}

/** Multiply-adds of one token, by what they belong to, and of a sequence's attention. */
export function workOf({ config }: LoadedModel) {
  const { hidden_size: C, intermediate_size: F, num_hidden_layers: L, vocab_size: V } = config;
  const { num_attention_heads: NH, num_key_value_heads: NKV, head_dim: hs } = config;
  const linear = L * (C * (NH + 2 * NKV) * hs + NH * hs * C + 3 * C * F);
  const head = V * C;
  const lora = L * R * (3 * C + (NH + 2 * NKV) * hs + NH * hs + C + 2 * (C + F) + F + C);
  const attention = (T: number): number => 2 * L * NH * hs * T * T;
  return {
    tokenFlops: 2 * (linear + head), // of a decoded token
    stepFlops: (sequences: number, T: number) =>
      sequences * ((4 * linear + 4 * head + 6 * lora) * T + 4.5 * attention(T)),
    scoreFlops: (sequences: number, T: number) => sequences * ((2 * linear + 2 * head) * T + attention(T)),
  };
}

/** The model with a new adapter of rank `R` on all seven projections. */
export async function openBenchModel(gpu: Gpu, model: LoadedModel): Promise<CausalLm> {
  const lm = await openCausalLm(gpu, model);
  lm.newAdapter({ r: R, lora_alpha: 16, target_modules: [...TARGET_MODULES], use_rslora: false }, 0);
  return lm;
}

/** T + 1 ids, another row of them for every `shift`. */
export const benchIds = (T: number, V: number, shift = 0): number[] =>
  Array.from({ length: T + 1 }, (_, i) => (i * 7919 + shift) % V);

/** An update of so many sequences of T predicted tokens: forward, backward, clip, AdamW, and the loss read back. */
export async function timeStep(lm: CausalLm, time: Stopwatch, sequences: number, T: number): Promise<Timing> {
  const V = lm.config.vocab_size;
  await lm.fit(T);
  const questions = Array.from({ length: sequences }, (_, n) => {
    const ids = benchIds(T, V, n);
    return minusMean([{ context: ids.slice(0, 1), completion: ids.slice(1) }]);
  });
  let step = 0;
  return time(() =>
    lm.update(questions, { step: ++step, learning_rate: 1e-4, weight_decay: 0, max_grad_norm: 1 }),
  );
}

/** Greedy decoding of so many tokens after a prompt of 16, the prompt's own time taken off. */
export async function timeDecode(lm: CausalLm, time: Stopwatch, tokens: number): Promise<Timing> {
  const request = (max_new_tokens: number) => ({
    prompt: benchIds(15, lm.config.vocab_size),
    max_new_tokens,
    stop_ids: [],
    temperature: 0,
    top_k: 0,
    top_p: 1,
    seed: 0,
  });
  const one = await time(() => lm.generate([request(1)], false));
  const all = await time(() => lm.generate([request(1 + tokens)], false));
  return {
    seconds: all.seconds - one.seconds,
    median_seconds: all.median_seconds - one.median_seconds,
    core_seconds: all.core_seconds === null ? null : all.core_seconds - one.core_seconds!,
  };
}

/** Log-probabilities of so many sequences of T tokens. */
export const timeScore = (lm: CausalLm, time: Stopwatch, sequences: number, T: number): Promise<Timing> =>
  time(() =>
    lm.score(
      Array.from({ length: sequences }, (_, n) => ({
        context: [],
        completions: [benchIds(T, lm.config.vocab_size, n)],
      })),
      false,
    ),
  );

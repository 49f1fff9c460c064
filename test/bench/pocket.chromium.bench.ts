/**
 * Where the built-in model's time goes in Chromium: an update of eight questions, scoring the options of four, 32 tokens for four
 * at once. Milliseconds are the median of the rounds' wall time; shares are of the kernels' own time, by timestamps.
 */
import { test } from "vitest";
import { TARGET_MODULES } from "../../src/core/config.ts";
import { loadArchive, pocketPrompts } from "../helpers/archive.ts";
import { minusMean } from "../helpers/losses.ts";
import { loadFixtureModel } from "../helpers/model.ts";
import { median, writeResult } from "../helpers/results.ts";

const ROUNDS = 5; // after one that compiles
const SHARES = 12; // kernels

test("the built-in model", { timeout: 600_000 }, async () => {
  const archive = await loadArchive();
  const prompts = await pocketPrompts();
  const lm = await loadFixtureModel("pocket");
  lm.newAdapter({ r: 16, lora_alpha: 32, target_modules: [...TARGET_MODULES], use_rslora: false }, 0);
  const asked = [0, 1, 2, 3].map((i) => {
    const question = archive.questions.train[i]!;
    const sides = [archive.retrieved("train", i), []].map((passages) =>
      prompts.ask(question, passages, false),
    );
    const options = Object.values(question.options).map((option) => prompts.completion(option));
    return { open: sides[0]!, closed: sides[1]!, options, gold: prompts.completion(question.answer) };
  });
  const taught = [
    minusMean(asked.map(({ open, gold }) => ({ context: open, completion: gold }))),
    minusMean(asked.map(({ closed, gold }) => ({ context: closed, completion: gold }))),
  ];
  const greedy = { max_new_tokens: 32, stop_ids: [], temperature: 0, top_k: 0, top_p: 1, seed: 0 };
  let step = 0;
  const work = {
    update: () => lm.update(taught, { step: ++step, learning_rate: 1e-4, weight_decay: 0, max_grad_norm: 1 }),
    score: () =>
      lm.score(
        asked.map(({ open, options }) => ({ context: open, completions: options })),
        true,
      ),
    generate: () =>
      lm.generate(
        asked.map(({ open }) => ({ prompt: open, ...greedy })),
        true,
      ),
  };
  const result: Record<string, unknown> = {};
  const { profiler } = lm.gpu;
  for (const [name, run] of Object.entries(work)) {
    const times: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const start = performance.now();
      await run();
      if (round > 0) times.push(performance.now() - start);
    }
    profiler.active = true;
    await run();
    profiler.active = false;
    const kernels = await profiler.collect();
    const sum = kernels.reduce((total, { seconds }) => total + seconds, 0);
    const shares = kernels
      .slice(0, SHARES)
      .map(({ name, seconds }) => [name, Math.round((1000 * seconds) / sum) / 1000]);
    result[name] = { milliseconds: Math.round(median(times)), shares: Object.fromEntries(shares) };
  }
  await writeResult("pocket.chromium", lm.gpu.info.name, result);
});

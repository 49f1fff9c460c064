/** The memory planner against what the engine really allocates, on the built-in model. */
import { describe, expect, test } from "vitest";
import { TARGET_MODULES } from "../../src/core/config.ts";
import { CausalLm } from "../../src/model/causalLm.ts";
import { AMPLE } from "../../src/model/decoder.ts";
import { FRUGAL, memoryNeed, planMemory, shapeOf } from "../../src/model/memory.ts";
import type { LoraConfig } from "../../src/model/peftConfig.ts";
import { inNode } from "../helpers/fixtures.ts";
import { freshGpu } from "../helpers/gpu.ts";
import { loadFixtureModel } from "../helpers/model.ts";

const MIB = 1 << 20;
const lm = await loadFixtureModel("pocket");
const pocket = shapeOf(lm.decoder);
const LORA: LoraConfig = { r: 8, lora_alpha: 16, target_modules: [...TARGET_MODULES], use_rslora: false };

test("the estimate is what a step allocates, to the byte", async () => {
  for (const limits of inNode() ? [AMPLE, FRUGAL] : [FRUGAL]) {
    const gpu = await freshGpu();
    const allocated = await memoryNeed(pocket, LORA, 100, limits, gpu);
    gpu.destroy();
    expect(await memoryNeed(pocket, LORA, 100, limits)).toEqual(allocated);
  }
});

test("what is held is counted apart and adds up", async () => {
  const need = await memoryNeed(pocket, LORA, 100, AMPLE);
  expect(need.optimizer).toBe(3 * need.adapter);
  expect(need.total).toBeGreaterThanOrEqual(need.weights + need.adapter + need.optimizer + need.activations);
  const frugal = await memoryNeed(pocket, LORA, 100, FRUGAL);
  expect(frugal.activations).toBeLessThan(need.activations / 2);
});

describe("a plan", () => {
  test("takes the fastest way that fits", async () => {
    const free = await planMemory(pocket, LORA, 200, 4096 * MIB);
    expect(free.limits).toEqual(AMPLE);
    const tight = await planMemory(pocket, LORA, 200, free.need.total - 1);
    expect(tight.limits).not.toEqual(AMPLE);
    expect(tight.need.total).toBeLessThan(free.need.total);
  });

  test("a refusal says what would fit", async () => {
    const needOf = async (tokens: number) => (await memoryNeed(pocket, LORA, tokens, FRUGAL)).total;
    const budget = await needOf(260);
    const refusal = await planMemory(pocket, LORA, 1000, budget).catch((error: Error) => error.message);
    const said = /sequences of 1000 tokens needs \d+ MiB.*\d+ MiB may be used; (\d+) tokens would fit/;
    const fits = Number(said.exec(String(refusal))?.[1]);
    expect(await needOf(fits)).toBeLessThanOrEqual(budget);
    expect(await needOf(2 * fits)).toBeGreaterThan(budget);
    await expect(planMemory(pocket, LORA, 1000, MIB)).rejects.toThrow(/no length fits/);
  });
});

test("a model that was made to fit computes the same with less", async () => {
  const text = Array.from({ length: 60 }, (_, i) => (i * 37) % 1000);
  const request = [{ context: text.slice(0, 20), completions: [text.slice(20)] }];
  lm.newAdapter(LORA, 3);
  const [ample] = await lm.score(request, true);
  const before = lm.gpu.allocatedBytes;
  const { total } = await memoryNeed(pocket, LORA, 100, FRUGAL);
  const tight = new CausalLm(lm.decoder, lm.variants, total);
  tight.newAdapter(LORA, 3);
  const need = await tight.fit(100);
  expect(lm.decoder.limits).toEqual(FRUGAL);
  expect(lm.gpu.allocatedBytes).toBeLessThan(before);
  const [fitted] = await tight.score(request, true);
  expect(fitted).toEqual(ample);
  expect(need.total).toBe(total);
  await expect(tight.fit(1000)).rejects.toMatchObject({ code: "out-of-memory" });
  expect(lm.decoder.limits).toEqual(FRUGAL);
});

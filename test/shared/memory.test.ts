/** The memory bar (issue 4 §5): SmolLM2-135M Q4_1, 512 tokens, r 8, all seven targets, one optimiser step in 250 MiB. */
import { expect, test } from "vitest";
import { TARGET_MODULES } from "../../src/core/config.ts";
import { fromFolder } from "../../src/lab/files.ts";
import { loadModel, openCausalLm } from "../../src/model/causalLm.ts";
import { folder } from "../helpers/fixtures.ts";
import { freshGpu } from "../helpers/gpu.ts";
import { minusMean } from "../helpers/losses.ts";

const MIB = 2 ** 20;
const BAR = 250 * MIB;
const TOKENS = 512;

test("SmolLM2-135M trains on 512 tokens in 250 MiB", async () => {
  const gpu = await freshGpu();
  const model = await loadModel(gpu, fromFolder(`${folder("SHARED")}/models/smollm2-135m-instruct`));
  const lm = await openCausalLm(gpu, model, { memoryBytes: BAR });
  lm.newAdapter({ r: 8, lora_alpha: 16, target_modules: [...TARGET_MODULES], use_rslora: false }, 0);
  gpu.peakBytes = 0; // the autotuner's trials are gone
  const need = await lm.fit(TOKENS);
  expect(need.total).toBeLessThanOrEqual(BAR);
  const ids = Array.from({ length: TOKENS }, (_, i) => (i * 7919) % model.config.vocab_size);
  const question = minusMean([{ context: [], completion: ids }]);
  const { loss, grad_norm } = await lm.update([question], {
    step: 1,
    learning_rate: 1e-3,
    weight_decay: 0,
    max_grad_norm: 1,
  });
  expect(loss).toBeGreaterThan(0);
  expect(grad_norm).toBeGreaterThan(0);
  expect(gpu.peakBytes).toBeLessThanOrEqual(need.total);
  console.log(
    "memory",
    Object.fromEntries(Object.entries(need).map(([k, v]) => [k, (v / MIB).toFixed(1)])),
    "peak",
    gpu.peakBytes / MIB,
  );
  gpu.destroy();
});

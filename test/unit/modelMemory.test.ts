/**
 * The memory that the model list names is the planner's: computed here anew, without a GPU. `npx vitest run --project
 * unit test/unit/modelMemory.test.ts -u` writes src/core/modelMemory.json after a change of the engine.
 */
import { expect, test } from "vitest";
import { globals } from "webgpu";
import { CATALOG, type CatalogModel } from "../../src/core/catalog.ts";
import { TARGET_MODULES } from "../../src/core/config.ts";
import { openDryGpu } from "../../src/gpu/dryDevice.ts";
import type { WeightType } from "../../src/gpu/kernels/weightTypes.ts";
import { FRUGAL, memoryNeed, shapeOfConfig } from "../../src/model/memory.ts";
import { parseModelConfig } from "../../src/model/modelConfig.ts";

Object.assign(globalThis, globals);

const LENGTHS = [256, 512, 1024];
const LORA = { r: 8, lora_alpha: 16, target_modules: [...TARGET_MODULES], use_rslora: false };
const MODEL_TYPES: Record<string, string> = {
  Llama: "llama",
  "Llama 3": "llama",
  Qwen2: "qwen2",
  Qwen3: "qwen3",
  "Gemma 3": "gemma3_text",
};
/** What layers and embedding of the listed file are; Q4_K_M mixes in Q6_K, the embedding among it. */
const TYPES: Record<string, { layers: WeightType; embedding: WeightType }> = {
  F16: { layers: "F16", embedding: "F16" },
  Q8_0: { layers: "Q8_0", embedding: "Q8_0" },
  Q4_K_M: { layers: "Q4_K", embedding: "Q6_K" },
};

/** Files that repeat the embedding as the head, as their size tells. */
const UNTIED = ["Qwen2.5-0.5B-Instruct"];

function configOf({ name, family, shape }: CatalogModel) {
  return parseModelConfig({
    model_type: MODEL_TYPES[family],
    vocab_size: shape.vocab_size,
    hidden_size: shape.hidden_size,
    intermediate_size: shape.intermediate_size,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kv_heads,
    head_dim: shape.head_dim,
    max_position_embeddings: 2048,
    tie_word_embeddings: !UNTIED.includes(name),
    sliding_window: 512,
  });
}

test("src/core/modelMemory.json", { timeout: 300_000 }, async () => {
  const table: Record<string, Record<number, number>> = {};
  for (const entry of CATALOG) {
    const model = shapeOfConfig(configOf(entry), TYPES[entry.weights]!);
    const needs: Record<number, number> = {};
    for (const tokens of LENGTHS)
      needs[tokens] = (await memoryNeed(model, LORA, tokens, FRUGAL, openDryGpu())).total;
    table[entry.model] = needs;
  }
  await expect(`${JSON.stringify(table, null, 2)}\n`).toMatchFileSnapshot("../../src/core/modelMemory.json");
});

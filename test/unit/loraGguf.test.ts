/** The LoRA GGUF against the file that llama.cpp's own Python package writes of the same adapter (fixtures/lora/make_lora.py). */
import { expect, test } from "vitest";
import { loraGguf } from "../../src/model/loraGguf.ts";
import { LoraLayout } from "../../src/model/loraLayout.ts";
import { parseModelConfig } from "../../src/model/modelConfig.ts";
import { readPeft } from "../../src/model/peft.ts";
import type { LoraConfig } from "../../src/model/peftConfig.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { fixtureSource } from "../helpers/model.ts";

const raw = await json<Record<string, unknown>>(fixture("llama-tied/model/config.json"));
const model = parseModelConfig(raw);
const weights = await readPeft(fixtureSource("llama-tied/adapter"), model);

test("byte for byte llama.cpp's file: names, order, shapes, alpha, and q and k interleaved", async () => {
  const want = await fixture("lora/llama-tied.gguf");
  const got = loraGguf(model, weights);
  expect(got.length).toBe(want.length);
  expect(got.findIndex((byte, i) => byte !== want[i])).toBe(-1);
});

test("rslora's scaling lora_alpha / √r comes out of llama.cpp's alpha / r", () => {
  const written = (config: Partial<LoraConfig>) =>
    loraGguf(model, { ...weights, layout: new LoraLayout(model, { ...weights.layout.config, ...config }) });
  expect(written({ use_rslora: true, r: 4, lora_alpha: 8 })).toEqual(written({ r: 4, lora_alpha: 16 }));
});

test("only Llama's rows are interleaved; the architecture is llama.cpp's word for it", () => {
  const q = weights.layout.pair(weights.flat, weights.layout.slot(0, "q_proj")!);
  const holds = (model_type: string, bytes: Uint8Array) =>
    Buffer.from(loraGguf({ ...model, model_type }, weights)).includes(Buffer.from(bytes));
  const rows = new Uint8Array(q.B.buffer);
  expect(holds("gemma3_text", rows)).toBe(true);
  expect(holds("gemma3_text", new TextEncoder().encode("\x06\0\0\0\0\0\0\0gemma3"))).toBe(true);
  expect(holds("llama", rows)).toBe(false);
  expect(() => holds("mamba", rows)).toThrow(/"mamba" has no LoRA GGUF here/);
});

/** The LoRA GGUF against the file that llama.cpp's own Python package writes of the same adapter (fixtures/lora/make_lora.py). */
import { expect, test } from "vitest";
import { ofBytes } from "../../src/core/files.ts";
import { readGguf } from "../../src/model/gguf.ts";
import { loraGguf } from "../../src/model/loraGguf.ts";
import { LoraLayout } from "../../src/model/loraLayout.ts";
import { parseModelConfig } from "../../src/model/modelConfig.ts";
import { readPeft } from "../../src/model/peft.ts";
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

test("rslora's scaling lora_alpha / √r comes out of llama.cpp's alpha / r", async () => {
  const layout = new LoraLayout(model, { ...weights.layout.config, use_rslora: true });
  const { metadata } = await readGguf(ofBytes(loraGguf(model, { ...weights, layout })), "lora.gguf");
  const { r } = layout.config;
  expect((metadata.get("adapter.lora.alpha") as number) / r).toBeCloseTo(layout.scaling, 6);
});

test("only Llama's rows are interleaved; the architecture is llama.cpp's word for it", async () => {
  const gemma = { ...model, model_type: "gemma3_text" };
  const { metadata, tensors } = await readGguf(ofBytes(loraGguf(gemma, weights)), "lora.gguf");
  expect(metadata.get("general.architecture")).toBe("gemma3");
  const q = weights.layout.pair(weights.flat, weights.layout.slot(0, "q_proj")!);
  const got = await tensors.get("blk.0.attn_q.weight.lora_b")!.read();
  expect(new Float32Array(got.slice().buffer)).toEqual(q.B);
  expect(() => loraGguf({ ...model, model_type: "mamba" }, weights)).toThrow(/"mamba" has no LoRA GGUF here/);
});

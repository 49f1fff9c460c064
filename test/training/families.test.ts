/** What a family's model folder must hold, and what its blocks keep: beside the numbers, which toy.test.ts has. */
import { expect, test } from "vitest";
import { type FileSource, ofBytes } from "../../src/core/files.ts";
import { loadCausalLm } from "../../src/model/causalLm.ts";
import { newSaved } from "../../src/model/decoder.ts";
import { packRequests } from "../../src/model/pack.ts";
import { readSafetensors, writeSafetensors } from "../../src/model/safetensors.ts";
import { toFloat32 } from "../../src/model/tensor.ts";
import { testGpu } from "../helpers/gpu.ts";
import { fixtureSource, loadFixtureModel } from "../helpers/model.ts";

type Json = Record<string, unknown>;
type Data = Map<string, { shape: number[]; data: Float32Array }>;

/** A fixture's model folder with its tensors and config changed. */
async function changed(
  name: string,
  tensors: (all: Data) => Data,
  config = (c: Json): Json => c,
): Promise<FileSource> {
  const source = fixtureSource(`${name}/model`);
  const all: Data = new Map();
  for (const [key, t] of await readSafetensors(ofBytes(await source("model.safetensors")), name))
    all.set(key, { shape: t.shape, data: await toFloat32(t) });
  const json = JSON.parse(new TextDecoder().decode(await source("config.json"))) as Json;
  const files = new Map<string, Uint8Array<ArrayBuffer>>([
    ["model.safetensors", writeSafetensors(tensors(all))],
    ["config.json", new TextEncoder().encode(JSON.stringify(config(json)))],
  ]);
  return async (file) => files.get(file) ?? source(file);
}

const without = (key: string) => (all: Data) => {
  all.delete(key);
  return all;
};

test.each([
  ["qwen2", "model.layers.1.self_attn.k_proj.bias"],
  ["qwen3", "model.layers.0.self_attn.q_norm.weight"],
  ["gemma3", "model.layers.2.post_feedforward_layernorm.weight"],
])("%s without %s is refused", async (name, key) => {
  const attempt = loadCausalLm(await testGpu(), await changed(name, without(key)));
  await expect(attempt).rejects.toThrow(`${key} is missing`);
});

test.each(["language_model.model.", "model.language_model."])(
  "a vision model's Gemma under %s is the text model",
  async (prefix) => {
    const gpu = await testGpu();
    const plain = await loadFixtureModel("gemma3/model");
    const inside = await changed(
      "gemma3",
      (all) =>
        new Map([
          ...[...all].map(([key, t]) => [key.replace(/^model\./, prefix), t] as const),
          ["model.vision_tower.patch.weight", { shape: [2, 2], data: new Float32Array(4) }],
        ]),
      ({ dtype, ...text_config }) => ({ model_type: "gemma3", dtype, text_config }),
    );
    const vision = await loadCausalLm(gpu, inside, { variants: plain.variants });
    const request = [{ context: [3, 4, 5], completions: [[6, 7, 8, 9]] }];
    expect(await vision.score(request, false)).toEqual(await plain.score(request, false));
    const config = { ...plain.config, decoder_path: "model.language_model" }; // what PEFT calls its modules
    expect([vision.parameters, vision.config]).toEqual([plain.parameters, config]);
    vision.destroy();
    plain.destroy();
  },
);

test.each(["llama-tied", "qwen2", "qwen3", "gemma3"])(
  "%s: savedBytesPerToken is what the forward pass keeps, with checkpointing what recomputes a block too",
  async (name) => {
    const lm = await loadFixtureModel(`${name}/model`);
    await lm.attachAdapter(fixtureSource(`${name}/adapter`));
    const { decoder: d, adapter, config } = lm;
    const ids = Array.from({ length: 257 }, (_, i) => i % 250);
    const pack = d.upload(packRequests([{ context: [], completions: [ids] }], config.sliding_window));
    const kept = () => {
      const before = d.arena.mark();
      d.forwardRows(pack, adapter, newSaved());
      const after = d.arena.mark();
      d.arena.release(before);
      expect(after[0]).toBe(before[0]); // within one block of memory
      return (after[1] - before[1]) / pack.capacity;
    };
    const whole = kept();
    expect(whole).toBe(d.savedBytesPerToken(adapter));
    d.limits = { ...d.limits, gradient_checkpointing: true };
    // L block outputs each, then the ends; all but one block's own share is gone.
    const { num_hidden_layers: L, hidden_size: C, num_attention_heads: NH, head_dim: hs } = config;
    const ends = 4 * (3 * C + 1 + NH * hs);
    const block = (whole - ends) / L;
    expect(d.savedBytesPerToken(adapter)).toBe(4 * L * C + block + ends);
    expect(kept()).toBe(4 * ((L + 2) * C + 1));
    lm.destroy();
  },
);

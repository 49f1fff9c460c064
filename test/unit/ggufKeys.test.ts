/** GGUF's keys of an architecture: honoured, without effect, or refused by name; never passed over. */
import { describe, expect, test } from "vitest";
import { ofBytes } from "../../src/core/files.ts";
import { type Gguf, type GgufValue, readGguf } from "../../src/model/gguf.ts";
import { configOfGguf } from "../../src/model/ggufConfig.ts";
import { type ModelConfig, parseModelConfig } from "../../src/model/modelConfig.ts";
import { fixture } from "../helpers/fixtures.ts";

const read = async (arch: string): Promise<Gguf> =>
  readGguf(ofBytes(await fixture(`gguf/${arch}.gguf`)), `${arch}.gguf`);
const files: Record<string, Gguf> = { llama: await read("llama"), gemma3: await read("gemma3") };

/** The config of a file with these keys beside, or in place of, its own. */
async function changed(arch: "llama" | "gemma3", keys: Record<string, GgufValue>): Promise<ModelConfig> {
  const gguf = files[arch]!;
  const metadata = new Map(gguf.metadata);
  for (const [key, value] of Object.entries(keys))
    metadata.set(key.startsWith("tokenizer.") ? key : `${arch}.${key}`, value);
  const tensors = new Map(gguf.tensors);
  tensors.delete("rope_freqs.weight"); // a scaling of its own
  return parseModelConfig(await configOfGguf({ tensors, metadata }, "x.gguf"), "x.gguf");
}

const linear = (factor: number) => ({ rope_scaling: { rope_type: "linear", factor } });

describe("the rotation's scaling", () => {
  test.each<[Record<string, GgufValue>, object]>([
    [{ "rope.scale_linear": 2 }, linear(2)],
    [{ "rope.scaling.factor": 4 }, linear(4)], // linear where no type is told
    [{ "rope.scaling.type": "linear", "rope.scaling.factor": 4 }, linear(4)],
    [{ "rope.scaling.factor": 4, "rope.scale_linear": 2 }, linear(4)], // the newer key goes first
    [{ "rope.scaling.type": "linear", "rope.scale_linear": 2 }, linear(2)],
    [{ "rope.scaling.type": "linear" }, { rope_scaling: null }],
    [{ "rope.scaling.type": "none", "rope.scaling.factor": 4 }, { rope_scaling: null }],
    [{ "rope.scaling.factor": 0 }, { rope_scaling: null }],
    [{ "rope.scale_linear": 1 }, { rope_scaling: null }],
    [{ "rope.scaling.type": "yarn", "rope.scaling.factor": 1 }, { rope_scaling: null }],
    [{ "rope.scaling.original_context_length": 64, "rope.scaling.finetuned": true }, { rope_scaling: null }],
  ])("%j", async (keys, want) => {
    expect(await changed("llama", keys)).toMatchObject(want);
  });

  test("Gemma's global layers alone are scaled", async () => {
    expect(await changed("gemma3", { "rope.scale_linear": 8, "rope.freq_base_swa": 500 })).toMatchObject({
      ...linear(8),
      rope_local_base_freq: 500,
    });
  });

  test.each<[Record<string, GgufValue>, RegExp]>([
    [{ "rope.scaling.type": "yarn", "rope.scaling.factor": 4 }, /llama\.rope\.scaling\.type is "yarn"/],
    [{ "rope.scaling.type": "longrope", "rope.scaling.factor": 4 }, /type is "longrope"; .* take the model/],
    [{ "rope.scaling.factor": -2 }, /llama\.rope\.scaling\.factor must be a positive number, got -2/],
    [{ "rope.scaling.attn_factor": 1.2 }, /llama\.rope\.scaling\.attn_factor is 1\.2/],
    [{ "rope.dimension_sections": Int32Array.of(4, 4, 0, 0) }, /dimension_sections is \[4, 4, 0, 0\]/],
  ])("%j is refused", async (keys, message) => {
    await expect(changed("llama", keys)).rejects.toThrow(message);
  });
});

describe("one number for every layer", () => {
  test.each<[Record<string, GgufValue>]>([
    [{ "attention.head_count_kv": Int32Array.of(1, 1), feed_forward_length: Uint32Array.of(64, 64) }],
    [{ "attention.head_count": [2, 2] }],
    [{ "attention.layer_norm_rms_epsilon": Float32Array.of(1e-5, 1e-5) }],
  ])("%j is that number", async (keys) => {
    const plain = Object.fromEntries(
      Object.entries(keys).map(([key, value]) => [key, (value as number[])[0]!]),
    );
    expect(await changed("llama", keys)).toEqual(await changed("llama", plain));
  });

  test("different ones are refused with the key and the numbers", async () => {
    await expect(changed("llama", { "attention.head_count_kv": Int32Array.of(1, 2) })).rejects.toThrow(
      /x\.gguf: llama\.attention\.head_count_kv differs from layer to layer \(\[1, 2\]\)/,
    );
  });
});

test.each<[Record<string, GgufValue>]>([
  [{ expert_count: 0, expert_used_count: 0 }],
  [{ "attention.sliding_window": 0, "attention.max_alibi_bias": 0, "attention.clamp_kqv": 0 }],
  [{ "attention.sliding_window": 1 << 20 }], // as long as the context
  [{ "attention.causal": true, use_parallel_residual: false, "attention.shared_kv_layers": 0 }],
  [{ logit_scale: 1, embedding_scale: 0, residual_scale: 1, final_logit_softcapping: 0 }],
  [{ "attention.scale": 0.25, "attention.key_length_swa": 16 }], // what follows from heads of 16
  [{ "rope.dimension_sections": Int32Array.of(0, 0, 0, 0), "rope.scaling.attn_factor": 1 }],
  [{ "attention.layer_norm_epsilon": 1e-3, tensor_data_layout: "Meta AI original pth", vocab_size: 9 }],
])("%j says that there is nothing to do", async (keys) => {
  expect(await changed("llama", keys)).toEqual(await changed("llama", {}));
});

test("-1 is no token, in 32 bits and in 64, with a sign or without", async () => {
  const none = { eos: 2 ** 32 - 1, eot: -1, eom: 2n ** 64n - 1n, bos: 2 ** 32 - 1 };
  const keys = Object.entries(none).map(([name, id]) => [`tokenizer.ggml.${name}_token_id`, id]);
  expect((await changed("llama", {})).eos_token_ids).not.toEqual([]);
  expect((await changed("llama", Object.fromEntries(keys))).eos_token_ids).toEqual([]);
});

test("a scaling and a tensor of divisors at once are refused", async () => {
  const llama = files.llama!;
  const metadata = new Map(llama.metadata).set("llama.rope.scale_linear", 2);
  await expect(configOfGguf({ ...llama, metadata }, "x.gguf")).rejects.toThrow(
    /scales the rotation by 2 and by rope_freqs\.weight/,
  );
});

test.each<[Record<string, GgufValue>, RegExp]>([
  [{ "attention.sliding_window": 4 }, /llama\.attention\.sliding_window is 4, which changes/],
  [{ "attention.max_alibi_bias": 8 }, /max_alibi_bias is 8/],
  [{ "attention.clamp_kqv": 5 }, /clamp_kqv is 5/],
  [{ "attention.causal": false }, /attention\.causal is false/],
  [{ "attention.scale": 0.5 }, /attention\.scale is 0\.5/],
  [{ "attention.value_length": 8 }, /value_length is 8 and the heads have 16/],
  [{ "attention.key_length_mla": 8 }, /key_length_mla is 8/],
  [{ logit_scale: 0.5 }, /logit_scale is 0\.5/],
  [{ attn_logit_softcapping: 50 }, /attn_logit_softcapping is 50/],
  [{ use_parallel_residual: true }, /use_parallel_residual is true/],
  [{ nextn_predict_layers: 1 }, /nextn_predict_layers is 1/],
])("%j is refused by name", async (keys, message) => {
  await expect(changed("llama", keys)).rejects.toThrow(message);
});

test("Gemma's windows: a pattern of n, of none, layer by layer, or no window at all", async () => {
  const layers = async (keys: Record<string, GgufValue>) =>
    (await changed("gemma3", keys)).layer_types
      .map((type) => (type === "sliding_attention" ? 1 : 0))
      .join("");
  const plain = await layers({ "attention.sliding_window_pattern": 2 });
  expect(plain).toMatch(/^(10)*1?$/);
  expect(await layers({ "attention.sliding_window_pattern": 1 })).toMatch(/^0+$/);
  expect(await layers({ "attention.sliding_window_pattern": 0 })).toMatch(/^1+$/);
  expect(await layers({ "attention.sliding_window": 0 })).toMatch(/^0+$/);
  const each = Array.from(plain, (_, layer) => layer % 3 === 1);
  expect(await layers({ "attention.sliding_window_pattern": each })).toBe(each.map(Number).join(""));
  await expect(layers({ "attention.sliding_window_pattern": [true] })).rejects.toThrow(
    /gemma3\.attention\.sliding_window_pattern has 1 entries, the model \d+ layers/,
  );
});

import { expect, test } from "vitest";
import { parseModelConfig, ropeTable } from "../../src/model/modelConfig.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json, publicFile } from "../helpers/fixtures.ts";

type Json = Record<string, unknown>;
const pocket = () => json<Json>(publicFile("models/pocket/config.json"));

test("published form and Transformers 5's form of the rotary settings", async () => {
  const published = parseModelConfig(await pocket());
  expect(published).toMatchObject({
    rope_theta: 10000,
    rope_scaling: null,
    head_dim: 32,
    eos_token_ids: [2],
  });
  const five = parseModelConfig(await json(fixture("llama3-rope/model/config.json")));
  expect(five).toMatchObject({
    rope_theta: 500000,
    rope_scaling: { rope_type: "llama3", factor: 32, original_max_position_embeddings: 64 },
  });
});

test("the rotation table holds cos and sin of position × frequency, linear scaling divides the frequency", async () => {
  const config = parseModelConfig(await pocket());
  const at = (table: Float32Array) => table.slice((3 * 16 + 2) * 2, (3 * 16 + 2) * 2 + 2);
  const table = ropeTable(config, 4);
  expect(table).toHaveLength(4 * 16 * 2);
  const angle = 3 / 10000 ** (4 / 32);
  expectClose(at(table), [Math.cos(angle), Math.sin(angle)], { atol: 1e-6 });
  const scaled = ropeTable({ ...config, rope_scaling: { rope_type: "linear", factor: 8 } }, 4);
  expectClose(at(scaled), [Math.cos(angle / 8), Math.sin(angle / 8)], { atol: 1e-6 });
  const local = ropeTable({ ...config, rope_local_base_freq: 100 }, 4, "sliding_attention");
  const localAngle = 3 / 100 ** (4 / 32);
  expectClose(at(local), [Math.cos(localAngle), Math.sin(localAngle)], { atol: 1e-6 });
});

test.each([
  [{ model_type: "gpt2" }, /model_type is "gpt2"; this version runs llama, qwen2/],
  [{ model_type: "toString" }, /model_type is "toString"/],
  [{ hidden_size: 0 }, /hidden_size must be a positive integer, got 0/],
  [{ hidden_size: 130 }, /hidden_size is 130; the kernels need a multiple of 16/],
  [{ intermediate_size: 129 }, /intermediate_size is 129; the kernels need a multiple of 4/],
  [{ num_key_value_heads: 3 }, /4 heads cannot share 3/],
  [{ attention_bias: true }, /attention_bias is true/],
  [{ mlp_bias: true }, /mlp_bias is true/],
  [{ tie_word_embeddings: 1 }, /tie_word_embeddings must be true or false, got 1/],
  [{ rms_norm_eps: -1 }, /rms_norm_eps must be a positive number, got -1/],
  [{ rope_scaling: { rope_type: "yarn" } }, /rope_type "yarn" is not implemented/],
  [{ rope_scaling: { rope_type: "linear" } }, /rotary settings: factor must be a positive number/],
  [{ layer_types: ["full_attention"] }, /layer_types must name .* for each of 4 layers/],
  [{ layer_types: Array(4).fill("sliding_attention"), sliding_window: 8 }, /which no llama has/],
  [{ rope_scaling: { type: "longrope", factor: 4 } }, /rope_type "longrope" is not implemented/],
  [{ rope_scaling: { type: "linear" } }, /factor must be a positive number, got undefined/],
  [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor is 0\.5/],
  [
    { rope_parameters: { rope_type: "default", partial_rotary_factor: 0.5 } },
    /partial_rotary_factor is 0\.5/,
  ],
  [{ quantization_config: { quant_method: "gptq", bits: 4 } }, /quantised \("gptq"\); take the model unq/],
  [{ num_local_experts: 8 }, /num_local_experts is 8/],
  [{ logit_scale: 0.5 }, /logit_scale is 0\.5/],
  [{ residual_multiplier: 0.2 }, /residual_multiplier is 0\.2/],
  [{ attn_logit_softcapping: 50 }, /attn_logit_softcapping is 50/],
  [{ is_causal: false }, /is_causal is false/],
  [{ hidden_act: "gelu" }, /hidden_act is "gelu"; this version supports "silu", "swish"/],
] as const)("%j is refused by name", async (change, message) => {
  const config = { ...(await pocket()), ...change };
  expect(() => parseModelConfig(config)).toThrow(message);
});

test.each([
  { quantization_config: null, partial_rotary_factor: 1, num_experts: 0, logit_scale: 1, is_causal: true },
  { hidden_act: "swish", sliding_window: 4096, max_window_layers: 2, pretraining_tp: 2 },
  { rope_scaling: { rope_type: "dynamic", factor: 4 } }, // nothing beyond the positions it was trained on is computed
  { rope_scaling: { rope_type: "default", type: "default", factor: 2 } },
  { attention_bias: null, mlp_bias: null, rope_scaling: null, torch_dtype: null, head_dim: null },
])("%j changes nothing", async (change) => {
  expect(parseModelConfig({ ...(await pocket()), ...change })).toEqual(parseModelConfig(await pocket()));
});

test("a scaling by its older spellings, and before another's", async () => {
  const linear = { rope_theta: 10000, rope_scaling: { rope_type: "linear", factor: 2 } };
  for (const change of [
    { rope_scaling: { type: "linear", factor: 2 } },
    { rope_scaling: { rope_type: "linear", factor: 2 }, rope_parameters: { rope_type: "default" } },
    { rope_parameters: { rope_type: "linear", factor: 2 } },
  ])
    expect(parseModelConfig({ ...(await pocket()), ...change })).toMatchObject(linear);
});

// Published configs, abridged to the fields that say something about the computation.
const LLAMA_32 = {
  model_type: "llama",
  attention_bias: false,
  bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009],
  head_dim: 64,
  hidden_act: "silu",
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  num_attention_heads: 32,
  num_hidden_layers: 16,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32,
    high_freq_factor: 4,
    low_freq_factor: 1,
    original_max_position_embeddings: 8192,
    rope_type: "llama3",
  },
  rope_theta: 500000,
  tie_word_embeddings: true,
  vocab_size: 128256,
};
const QWEN_25 = {
  model_type: "qwen2",
  eos_token_id: 151645,
  hidden_act: "silu",
  hidden_size: 896,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  sliding_window: 32768,
  tie_word_embeddings: true,
  use_sliding_window: false,
  vocab_size: 151936,
};
const QWEN_3 = {
  ...QWEN_25,
  model_type: "qwen3",
  attention_bias: false,
  head_dim: 128,
  hidden_size: 1024,
  intermediate_size: 3072,
  max_position_embeddings: 40960,
  max_window_layers: 28,
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  sliding_window: null,
};
const GEMMA_3 = {
  model_type: "gemma3_text",
  _sliding_window_pattern: 6,
  attention_bias: false,
  attn_logit_softcapping: null,
  eos_token_id: [1, 106],
  final_logit_softcapping: null,
  head_dim: 256,
  hidden_activation: "gelu_pytorch_tanh",
  hidden_size: 640,
  intermediate_size: 2048,
  max_position_embeddings: 32768,
  num_attention_heads: 4,
  num_hidden_layers: 18,
  num_key_value_heads: 1,
  query_pre_attn_scalar: 256,
  rms_norm_eps: 1e-6,
  rope_local_base_freq: 10000,
  rope_scaling: null,
  rope_theta: 1000000,
  sliding_window: 512,
  torch_dtype: "bfloat16",
  use_bidirectional_attention: false,
  vocab_size: 262144,
};

test("Llama 3.2, Qwen2.5 and Qwen3 as published", () => {
  expect(parseModelConfig(LLAMA_32)).toMatchObject({
    head_dim: 64,
    rope_scaling: { rope_type: "llama3", factor: 32 },
    tie_word_embeddings: true,
    eos_token_ids: [128001, 128008, 128009],
    sliding_window: null,
  });
  const qwen2 = parseModelConfig(QWEN_25);
  expect(qwen2).toMatchObject({ head_dim: 64, attention_bias: true, qk_norm: false, sliding_window: null });
  expect(new Set(qwen2.layer_types)).toEqual(new Set(["full_attention"]));
  const slides = parseModelConfig({ ...QWEN_25, use_sliding_window: true });
  expect(slides.layer_types.indexOf("sliding_attention")).toBe(21);
  expect(slides.sliding_window).toBe(32768);
  expect(parseModelConfig(QWEN_3)).toMatchObject({
    head_dim: 128,
    attention_bias: false,
    qk_norm: true,
    norm_offset: 0,
    attention_scale: 1 / Math.sqrt(128),
  });
});

test("Gemma 3 as published, as Transformers 5 writes it, and inside a vision model's config", () => {
  const published = parseModelConfig(GEMMA_3);
  expect(published).toMatchObject({
    model_type: "gemma3_text",
    rope_theta: 1e6,
    rope_scaling: null,
    rope_local_base_freq: 10000,
    sliding_window: 512,
    attention_scale: 1 / 16,
    norm_offset: 1,
    post_norms: true,
    qk_norm: true,
    hidden_act: "gelu_pytorch_tanh",
    tie_word_embeddings: true,
  });
  expect(published.layer_types.flatMap((type, l) => (type === "full_attention" ? [l] : []))).toEqual([
    5, 11, 17,
  ]);
  expect(published.embedding_scale).toBe(25.25); // √640 = 25.298 in bfloat16
  expect(parseModelConfig({ ...GEMMA_3, torch_dtype: "float32" }).embedding_scale).toBe(
    Math.fround(Math.sqrt(640)),
  );

  const { rope_theta: _a, rope_local_base_freq: _b, rope_scaling: _c, ...rest } = GEMMA_3;
  const five = parseModelConfig({
    ...rest,
    rope_parameters: {
      full_attention: { rope_theta: 1e6, rope_type: "linear", factor: 8 },
      sliding_attention: { rope_theta: 12345, rope_type: "default" },
    },
    layer_types: published.layer_types,
  });
  expect(five).toEqual({
    ...published,
    rope_scaling: { rope_type: "linear", factor: 8 },
    rope_local_base_freq: 12345,
  });

  const vision = parseModelConfig({
    model_type: "gemma3",
    eos_token_id: [1, 106],
    torch_dtype: "bfloat16",
    text_config: {
      model_type: "gemma3_text",
      hidden_size: 2560,
      intermediate_size: 10240,
      num_hidden_layers: 34,
      rope_scaling: { factor: 8, rope_type: "linear" },
      sliding_window: 1024,
    },
    vision_config: { hidden_size: 1152 },
  });
  expect(vision).toMatchObject({
    model_type: "gemma3_text",
    hidden_size: 2560,
    vocab_size: 262208,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
    rope_theta: 1e6,
    rope_scaling: { rope_type: "linear", factor: 8 },
    sliding_window: 1024,
    eos_token_ids: [1, 106],
    embedding_scale: 50.5, // √2560 = 50.596
  });
});

test.each([
  [{ final_logit_softcapping: 30 }, /final_logit_softcapping is 30, which changes what a model computes/],
  [{ attn_logit_softcapping: 50 }, /attn_logit_softcapping is 50/],
  [{ use_bidirectional_attention: true }, /use_bidirectional_attention is true/],
  [{ hidden_activation: "gelu" }, /hidden_activation is "gelu"/],
  [{ attention_bias: true }, /attention_bias is true/],
  [{ sliding_window: 0 }, /sliding_window must be a positive integer, got 0/],
  [{ layer_types: new Array(18).fill("chunked_attention") }, /layer_types must name/],
] as const)("Gemma 3 with %j is refused by name", (change, message) => {
  expect(() => parseModelConfig({ ...GEMMA_3, ...change })).toThrow(message);
});

test("Qwen's windows: none without a size, all layers from 0 on", async () => {
  const qwen = { ...(await pocket()), model_type: "qwen2", use_sliding_window: true, max_window_layers: 0 };
  expect(parseModelConfig({ ...qwen, sliding_window: null }).sliding_window).toBeNull();
  expect(parseModelConfig({ ...qwen, sliding_window: 8 })).toMatchObject({
    sliding_window: 8,
    layer_types: Array(4).fill("sliding_attention"),
  });
});

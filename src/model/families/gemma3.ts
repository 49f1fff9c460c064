import { ConfigReader, type Family, type Json } from "./family.ts";
import { llamaFields } from "./llama.ts";

/** What Gemma3TextConfig assumes where config.json is silent: the text_config of published vision models is. */
const DEFAULTS: Json = {
  vocab_size: 262208,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  max_position_embeddings: 131072,
  tie_word_embeddings: true,
  sliding_window: 4096,
};

/** Rotary settings of global and local layers: per layer type (Transformers 5), or rope_theta and rope_local_base_freq. */
function ropes(c: ConfigReader) {
  const parameters = c.object("rope_parameters");
  if (!parameters?.full_attention)
    return { ...c.rope(1e6), rope_local_base_freq: c.number("rope_local_base_freq", 10000) };
  const inside = new ConfigReader(parameters, `${c.file}: rope_parameters`);
  const local = c.ropeOf(inside.object("sliding_attention") ?? { rope_theta: 10000 });
  if (local.rope_scaling) throw c.error("rotary scaling of the sliding layers is not implemented");
  return { ...c.ropeOf(inside.object("full_attention")!), rope_local_base_freq: local.rope_theta };
}

/** √hidden in the type of the weights, as Transformers multiplies it onto the embedding. */
function embeddingScale(c: ConfigReader, hidden_size: number): number {
  const dtype = c.json.dtype ?? c.json.torch_dtype;
  const scale = Float32Array.of(Math.sqrt(hidden_size));
  if (dtype !== "bfloat16") return scale[0]!;
  const bits = new Uint32Array(scale.buffer);
  bits[0] = (bits[0]! + 0x7fff + ((bits[0]! >> 16) & 1)) & 0xffff0000; // to nearest, ties to even
  return scale[0]!;
}

/**
 * Gemma 3, text (transformers modeling_gemma3): norms multiply by 1 + w and stand before and after attention and MLP, q and k
 * are normed, GELU, a scaled embedding, local layers with a window and a rotary base of their own.
 */
export const gemma3: Family = {
  norms: {
    input: "input_layernorm",
    attentionOut: "post_attention_layernorm",
    mlp: "pre_feedforward_layernorm",
    mlpOut: "post_feedforward_layernorm",
    q: "self_attn.q_norm",
    k: "self_attn.k_norm",
  },
  read(outer) {
    // A vision model's config has the text model's inside; what it says of the whole holds for that too.
    const { text_config: _, ...whole } = outer.json;
    const text = outer.object("text_config");
    const given = Object.entries({ ...whole, ...text }).filter(([, value]) => value !== null);
    const c = new ConfigReader({ ...DEFAULTS, ...Object.fromEntries(given) }, outer.file);
    c.only("attention_bias", false);
    c.only("hidden_activation", "gelu_pytorch_tanh");
    c.only("use_bidirectional_attention", false);
    const pattern = c.integer("sliding_window_pattern", c.integer("_sliding_window_pattern", 6));
    const { rope_parameters: _ropes, ...plain } = c.json;
    const fields = llamaFields(new ConfigReader(plain, c.file));
    return {
      ...fields,
      model_type: "gemma3_text",
      decoder_path: text === null ? "model" : "model.language_model",
      ...ropes(c),
      ...c.layers((layer) => (layer + 1) % pattern !== 0),
      qk_norm: true,
      norm_offset: 1,
      post_norms: true,
      hidden_act: "gelu_pytorch_tanh",
      embedding_scale: embeddingScale(c, fields.hidden_size),
      attention_scale: c.number("query_pre_attn_scalar", 256) ** -0.5,
    };
  },
  rename(name) {
    if (/^(model\.)?(vision_tower|multi_modal_projector)\./.test(name)) return null;
    return name.replace(/^language_model\./, "").replace(/^model\.language_model\./, "model.");
  },
};

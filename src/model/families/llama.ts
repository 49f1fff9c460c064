import type { ModelConfig } from "../modelConfig.ts";
import type { ConfigReader, Family } from "./family.ts";

/** The fields every family has, at the values Llama gives them. Each family says what is different. */
export function llamaFields(c: ConfigReader): ModelConfig {
  const hidden_size = c.integer("hidden_size");
  const num_attention_heads = c.integer("num_attention_heads");
  const head_dim = c.integer("head_dim", hidden_size / num_attention_heads);
  const eos = c.json.eos_token_id;
  return {
    model_type: "llama",
    decoder_path: "model",
    vocab_size: c.integer("vocab_size"),
    hidden_size,
    intermediate_size: c.integer("intermediate_size"),
    num_attention_heads,
    num_hidden_layers: c.integer("num_hidden_layers"),
    num_key_value_heads: c.integer("num_key_value_heads", num_attention_heads),
    head_dim,
    rms_norm_eps: c.number("rms_norm_eps", 1e-6),
    ...c.rope(),
    rope_local_base_freq: null,
    max_position_embeddings: c.integer("max_position_embeddings", 2048),
    tie_word_embeddings: c.boolean("tie_word_embeddings", false),
    eos_token_ids: (Array.isArray(eos) ? eos : [eos]).filter((id): id is number => Number.isInteger(id)),
    attention_bias: false,
    qk_norm: false,
    norm_offset: 0,
    post_norms: false,
    hidden_act: "silu",
    embedding_scale: 1,
    attention_scale: 1 / Math.sqrt(head_dim),
    ...c.layers(() => false),
  };
}

/** Llama 2 to 3.x, SmolLM2 (transformers modeling_llama). */
export const llama: Family = {
  norms: { input: "input_layernorm", mlp: "post_attention_layernorm" },
  read(c) {
    c.only("attention_bias", false);
    c.only("mlp_bias", false);
    c.only("hidden_act", "silu", "swish");
    const fields = llamaFields(c);
    if (fields.sliding_window !== null) throw c.error("layer_types names sliding layers, which no llama has");
    return fields;
  },
};

import type { Family } from "./family.ts";
import { llama, llamaFields } from "./llama.ts";
import { qwenLayers } from "./qwen2.ts";

/** Qwen3: no bias, a norm on every head of q and k, heads × head_dim free of hidden_size (transformers modeling_qwen3). */
export const qwen3: Family = {
  norms: { ...llama.norms, q: "self_attn.q_norm", k: "self_attn.k_norm" },
  read(c) {
    c.only("attention_bias", false);
    c.only("hidden_act", "silu", "swish");
    const head_dim = c.integer("head_dim", 128);
    return {
      ...llamaFields(c),
      model_type: "qwen3",
      head_dim,
      attention_scale: 1 / Math.sqrt(head_dim),
      max_position_embeddings: c.integer("max_position_embeddings", 32768),
      qk_norm: true,
      ...qwenLayers(c),
    };
  },
};

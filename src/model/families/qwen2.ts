import type { ConfigReader, Family } from "./family.ts";
import { llama, llamaFields } from "./llama.ts";

/** Qwen's optional sliding windows: the layers from max_window_layers on, where a window is told. */
export const qwenLayers = (c: ConfigReader) => {
  const first =
    c.boolean("use_sliding_window", false) && c.json.sliding_window !== null
      ? c.count("max_window_layers", 28)
      : Number.POSITIVE_INFINITY;
  return c.layers((layer) => layer >= first);
};

/** Qwen2 and Qwen2.5: q, k and v have a bias, o has none (transformers modeling_qwen2). */
export const qwen2: Family = {
  norms: llama.norms,
  read(c) {
    c.only("hidden_act", "silu", "swish");
    return {
      ...llamaFields(c),
      model_type: "qwen2",
      max_position_embeddings: c.integer("max_position_embeddings", 32768),
      attention_bias: true,
      ...qwenLayers(c),
    };
  },
};

/** config.json of a decoder, as Hugging Face writes it: published models and Transformers 5 alike. */
import type { ModelShape } from "../core/catalog.ts";
import { LabError, show } from "../core/errors.ts";
import { ConfigReader, type Json } from "./families/family.ts";
import { families } from "./families/registry.ts";

/** Llama 3's frequency scaling (`rope_type: "llama3"`), or one factor for all frequencies ("linear"). */
export type RopeScaling =
  | {
      rope_type: "llama3";
      factor: number;
      low_freq_factor: number;
      high_freq_factor: number;
      original_max_position_embeddings: number;
    }
  | { rope_type: "linear"; factor: number };

export type LayerType = "full_attention" | "sliding_attention";

export interface ModelConfig {
  model_type: string; // a key of `families`
  decoder_path: "model" | "model.language_model"; // of the layers' parent in Transformers' model: the latter where it sees images
  vocab_size: number;
  hidden_size: number; // C
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number; // NH
  num_key_value_heads: number; // NKV
  head_dim: number; // hs
  rms_norm_eps: number;
  rope_theta: number;
  rope_scaling: RopeScaling | null;
  rope_local_base_freq: number | null; // of the sliding layers, unscaled; null: all layers rotate alike
  max_position_embeddings: number;
  tie_word_embeddings: boolean;
  eos_token_ids: number[];
  attention_bias: boolean; // on q, k and v
  qk_norm: boolean; // a norm on every head of q and k
  norm_offset: number; // added to every norm weight
  post_norms: boolean; // norms on the outputs of attention and MLP too
  hidden_act: "silu" | "gelu_pytorch_tanh";
  embedding_scale: number;
  attention_scale: number; // of q·k
  layer_types: LayerType[];
  sliding_window: number | null; // tokens a sliding layer sees, itself included; null: no layer slides
}

/** What the stacked A matrices of LoRA need of the length they share. */
const HIDDEN_MULTIPLE = 16;
/** Weights, rows and heads are read four values at a time. */
const ROW_MULTIPLE = 4;

/**
 * Reads the fields this engine needs; the family of `model_type` says how.
 * @throws LabError bad-model naming the field, for a missing field or something that is not implemented
 */
export function parseModelConfig(json: unknown, file = "config.json"): ModelConfig {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new LabError("bad-model", `${file} is not a JSON object`);
  const c = new ConfigReader(json as Json, file);
  const type = c.json.model_type;
  const family = typeof type === "string" && Object.hasOwn(families, type) ? families[type]! : null;
  if (!family)
    throw c.error(`model_type is ${show(type)}; this version runs ${Object.keys(families).join(", ")}`);
  for (const part of [c.json, c.object("text_config") ?? {}]) new ConfigReader(part, file).refuseOthers();
  const config = family.read(c);
  if (config.num_attention_heads % config.num_key_value_heads !== 0) {
    throw c.error(
      `${config.num_attention_heads} heads cannot share ${config.num_key_value_heads} key/value heads evenly`,
    );
  }
  for (const [key, multiple] of [
    ["hidden_size", HIDDEN_MULTIPLE],
    ["intermediate_size", ROW_MULTIPLE],
    ["head_dim", ROW_MULTIPLE],
  ] as const) {
    if (config[key] % multiple !== 0)
      throw c.error(`${key} is ${config[key]}; the kernels need a multiple of ${multiple}`);
  }
  return config;
}

/** The numbers that tell models apart, as the list of models has them. */
export const shapeOf = (c: ModelConfig): ModelShape => ({
  layers: c.num_hidden_layers,
  hidden_size: c.hidden_size,
  intermediate_size: c.intermediate_size,
  heads: c.num_attention_heads,
  kv_heads: c.num_key_value_heads,
  head_dim: c.head_dim,
  vocab_size: c.vocab_size,
});

/**
 * cos and sin of every (position, frequency) for layers of a type: (positions, hs/2, 2) floats. Frequencies and angles are
 * rounded to float32 where Transformers does (`LlamaRotaryEmbedding`), so that its numbers come out.
 */
export function ropeTable(
  config: ModelConfig,
  positions: number,
  layers: LayerType = "full_attention",
): Float32Array<ArrayBuffer> {
  const half = config.head_dim / 2;
  const table = new Float32Array(positions * half * 2);
  const local = layers === "sliding_attention" ? config.rope_local_base_freq : null;
  const frequencies =
    local === null
      ? ropeFrequencies(config.head_dim, config.rope_theta, config.rope_scaling)
      : ropeFrequencies(config.head_dim, local, null);
  for (let p = 0; p < positions; p++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(p * frequencies[i]!);
      table[(p * half + i) * 2] = Math.cos(angle);
      table[(p * half + i) * 2 + 1] = Math.sin(angle);
    }
  }
  return table;
}

function ropeFrequencies(head_dim: number, theta: number, s: RopeScaling | null): Float32Array {
  const out = new Float32Array(head_dim / 2);
  for (let i = 0; i < out.length; i++) {
    const f = 1 / theta ** ((2 * i) / head_dim);
    out[i] = s?.rope_type === "linear" ? f / s.factor : f;
    if (s?.rope_type !== "llama3") continue;
    // Llama 3.1's scaling (transformers modeling_rope_utils `_compute_llama3_parameters`)
    const wavelength = (2 * Math.PI) / f;
    const low = s.original_max_position_embeddings / s.low_freq_factor;
    const high = s.original_max_position_embeddings / s.high_freq_factor;
    if (wavelength > low) out[i] = f / s.factor;
    else if (wavelength >= high) {
      const smooth =
        (s.original_max_position_embeddings / wavelength - s.low_freq_factor) /
        (s.high_freq_factor - s.low_freq_factor);
      out[i] = ((1 - smooth) * f) / s.factor + smooth * f;
    }
  }
  return out;
}

/** config.json of a Llama-family decoder, as Hugging Face writes it: published models and Transformers 5 alike. */
import { LabError } from "../core/errors.ts";

/** Llama 3's frequency scaling (`rope_type: "llama3"`). */
export interface Llama3Scaling {
  factor: number;
  low_freq_factor: number;
  high_freq_factor: number;
  original_max_position_embeddings: number;
}

export interface ModelConfig {
  model_type: string;
  vocab_size: number;
  hidden_size: number; // C
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number; // NH
  num_key_value_heads: number; // NKV
  head_dim: number; // hs
  rms_norm_eps: number;
  rope_theta: number;
  rope_scaling: Llama3Scaling | null;
  max_position_embeddings: number;
  tie_word_embeddings: boolean;
  eos_token_ids: number[];
}

type Json = Record<string, unknown>;

/** Lengths along which kernels read four weights at a time and LoRA's A matrices are stacked. */
const ROW_MULTIPLE = 16;

/**
 * Reads the fields this engine needs.
 * @throws LabError bad-model naming the field, for a missing field or an architecture that is not implemented
 */
export function parseModelConfig(json: unknown, file = "config.json"): ModelConfig {
  if (typeof json !== "object" || json === null)
    throw new LabError("bad-model", `${file} is not a JSON object`);
  const c = json as Json;
  const integer = (key: string, fallback?: number): number => {
    const value = c[key] ?? fallback;
    if (!Number.isInteger(value) || (value as number) < 1) {
      throw new LabError(
        "bad-model",
        `${file}: ${key} must be a positive integer, got ${JSON.stringify(c[key])}`,
      );
    }
    return value as number;
  };
  if (c.model_type !== "llama") {
    throw new LabError(
      "bad-model",
      `${file}: model_type is ${JSON.stringify(c.model_type)}; this version runs "llama"`,
    );
  }
  for (const [key, supported] of [
    ["attention_bias", false],
    ["mlp_bias", false],
    ["hidden_act", "silu"],
  ] as const) {
    if ((c[key] ?? supported) !== supported) {
      throw new LabError(
        "bad-model",
        `${file}: ${key} is ${JSON.stringify(c[key])}; this version supports ${JSON.stringify(supported)}`,
      );
    }
  }
  const hidden_size = integer("hidden_size");
  const num_attention_heads = integer("num_attention_heads");
  const config: ModelConfig = {
    model_type: "llama",
    vocab_size: integer("vocab_size"),
    hidden_size,
    intermediate_size: integer("intermediate_size"),
    num_hidden_layers: integer("num_hidden_layers"),
    num_attention_heads,
    num_key_value_heads: integer("num_key_value_heads", num_attention_heads),
    head_dim: integer("head_dim", hidden_size / num_attention_heads),
    rms_norm_eps: typeof c.rms_norm_eps === "number" ? c.rms_norm_eps : 1e-6,
    ...parseRope(c, file),
    max_position_embeddings: integer("max_position_embeddings", 2048),
    tie_word_embeddings: c.tie_word_embeddings === true,
    eos_token_ids: (Array.isArray(c.eos_token_id) ? c.eos_token_id : [c.eos_token_id]).filter(
      Number.isInteger,
    ),
  };
  if (config.num_attention_heads % config.num_key_value_heads !== 0) {
    throw new LabError(
      "bad-model",
      `${file}: ${config.num_attention_heads} heads cannot share ${config.num_key_value_heads} key/value heads evenly`,
    );
  }
  for (const key of ["hidden_size", "intermediate_size"] as const) {
    if (config[key] % ROW_MULTIPLE !== 0)
      throw new LabError(
        "bad-model",
        `${file}: ${key} is ${config[key]}; the kernels need a multiple of ${ROW_MULTIPLE}`,
      );
  }
  if ((config.num_attention_heads * config.head_dim) % ROW_MULTIPLE !== 0 || config.head_dim % 4 !== 0) {
    throw new LabError(
      "bad-model",
      `${file}: head_dim is ${config.head_dim}; the kernels need a multiple of 4, and heads × head_dim of ${ROW_MULTIPLE}`,
    );
  }
  return config;
}

function parseRope(c: Json, file: string): { rope_theta: number; rope_scaling: Llama3Scaling | null } {
  // Transformers 5 writes rope_parameters; published models have rope_theta and rope_scaling.
  const parameters = (c.rope_parameters ?? c.rope_scaling ?? {}) as Json;
  const theta = parameters.rope_theta ?? c.rope_theta ?? 10000;
  const type = parameters.rope_type ?? parameters.type ?? "default";
  if (typeof theta !== "number")
    throw new LabError("bad-model", `${file}: rope_theta is ${JSON.stringify(theta)}`);
  if (type === "default") return { rope_theta: theta, rope_scaling: null };
  if (type !== "llama3")
    throw new LabError("bad-model", `${file}: rope_type "${type}" is not implemented (default, llama3)`);
  const number = (key: string): number => {
    if (typeof parameters[key] !== "number")
      throw new LabError("bad-model", `${file}: rope scaling lacks ${key}`);
    return parameters[key];
  };
  return {
    rope_theta: theta,
    rope_scaling: {
      factor: number("factor"),
      low_freq_factor: number("low_freq_factor"),
      high_freq_factor: number("high_freq_factor"),
      original_max_position_embeddings: number("original_max_position_embeddings"),
    },
  };
}

/**
 * cos and sin of every (position, frequency): (positions, hs/2, 2) floats. Frequencies and angles are rounded to float32
 * where Transformers does (`LlamaRotaryEmbedding`), so that its numbers come out.
 */
export function ropeTable(config: ModelConfig, positions: number): Float32Array<ArrayBuffer> {
  const half = config.head_dim / 2;
  const table = new Float32Array(positions * half * 2);
  const frequencies = ropeFrequencies(config);
  for (let p = 0; p < positions; p++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(p * frequencies[i]!);
      table[(p * half + i) * 2] = Math.cos(angle);
      table[(p * half + i) * 2 + 1] = Math.sin(angle);
    }
  }
  return table;
}

function ropeFrequencies(config: ModelConfig): Float32Array {
  const half = config.head_dim / 2;
  const out = new Float32Array(half);
  const s = config.rope_scaling;
  for (let i = 0; i < half; i++) {
    const f = 1 / config.rope_theta ** ((2 * i) / config.head_dim);
    out[i] = f;
    if (!s) continue;
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

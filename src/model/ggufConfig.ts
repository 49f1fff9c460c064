/** What a GGUF file says of its architecture, as the config.json that Hugging Face would have beside safetensors. */
import { LabError } from "../core/errors.ts";
import type { Json } from "./families/family.ts";
import { type Gguf, type GgufValue, showValue } from "./gguf.ts";
import { toFloat32 } from "./tensor.ts";

/** general.architecture to model_type. */
const MODEL_TYPES: Readonly<Record<string, string>> = {
  llama: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
  gemma3: "gemma3_text",
};

/** Llama 3's corners, as every published model has them; the file keeps only what follows from them. */
const LLAMA3 = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

/**
 * config.json's object; `parseModelConfig` reads it.
 * @throws LabError bad-model naming the key that is missing, malformed or not implemented
 */
export async function configOfGguf(gguf: Gguf, file: string): Promise<Json> {
  const read = new Reader(gguf.metadata, file);
  const { arch } = read;
  const table = gguf.tensors.get("token_embd.weight");
  if (table?.shape.length !== 2) throw read.error("it has no table token_embd.weight of token embeddings");
  const hidden_size = read.integer("embedding_length");
  const heads = read.integer("attention.head_count");
  const head_dim = read.integer("attention.key_length", hidden_size / heads);
  for (const key of ["attention.value_length", "rope.dimension_count"]) {
    if (read.integer(key, head_dim) !== head_dim)
      throw read.error(
        `${arch}.${key} is ${read.integer(key)} and the heads have ${head_dim}: not implemented`,
      );
  }
  if (read.has("expert_count")) throw read.error("it is a mixture of experts, which is not implemented");
  const layers = read.integer("block_count");
  const rope_theta = read.number("rope.freq_base", 10000);
  const json: Json = {
    model_type: MODEL_TYPES[arch],
    vocab_size: table.shape[0],
    hidden_size,
    intermediate_size: read.integer("feed_forward_length"),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: read.integer("attention.head_count_kv", heads),
    head_dim,
    rms_norm_eps: read.number("attention.layer_norm_rms_epsilon"),
    rope_theta,
    rope_scaling: await ropeScaling(gguf, read, rope_theta, head_dim),
    max_position_embeddings: read.integer("context_length"),
    tie_word_embeddings: !gguf.tensors.has("output.weight"),
    attention_bias: arch !== "qwen2" && gguf.tensors.has("blk.0.attn_q.bias"),
    attn_logit_softcapping: read.get("attn_logit_softcapping") ?? null,
    final_logit_softcapping: read.get("final_logit_softcapping") ?? null,
    bos_token_id: read.token("bos"),
    eos_token_id: ["eos", "eot", "eom"].map((name) => read.token(name)).filter((id) => id !== null),
  };
  return arch === "gemma3" ? { ...json, ...gemma3(read, json, layers) } : json;
}

/** Only the text model's own; a scale that the file does not keep is by llama.cpp's rule (llama-model.cpp, LLM_ARCH_GEMMA3). */
function gemma3(read: Reader, { hidden_size, num_attention_heads, head_dim }: Json, layers: number): Json {
  const pattern = read.get("attention.sliding_window_pattern");
  return {
    hidden_activation: "gelu_pytorch_tanh",
    query_pre_attn_scalar: layers === 62 ? Number(hidden_size) / Number(num_attention_heads) : head_dim, // 62: the 27B
    rope_local_base_freq: read.number("rope.freq_base_swa", 10000),
    sliding_window: read.integer("attention.sliding_window"),
    ...(typeof pattern === "object"
      ? { layer_types: Array.from(pattern, (slides) => (slides ? "sliding_attention" : "full_attention")) }
      : { sliding_window_pattern: read.integer("attention.sliding_window_pattern", 6) }),
  };
}

/**
 * Linear scaling has keys. Llama 3's has none: the converter writes by how much each frequency is divided
 * (convert_hf_to_gguf.py, `LlamaModel.generate_extra_tensors`), from which its settings are found again.
 */
async function ropeScaling(gguf: Gguf, read: Reader, theta: number, head_dim: number): Promise<Json | null> {
  const type = read.get("rope.scaling.type") ?? "none";
  if (type !== "none") return { rope_type: type, factor: read.number("rope.scaling.factor") };
  const tensor = gguf.tensors.get("rope_freqs.weight");
  if (!tensor) return null;
  const divisors = await toFloat32(tensor);
  const { low_freq_factor: low, high_freq_factor: high } = LLAMA3;
  const factor = divisors.reduce((a, b) => Math.max(a, b), 1);
  const lengths = Array.from(divisors, (_, i) => 2 * Math.PI * theta ** ((2 * i) / head_dim)); // wavelengths
  // In between, 1/divisor = (1 − s)/factor + s with s = (original/wavelength − low)/(high − low).
  const between = lengths.flatMap((length, i) => {
    const s = (1 / divisors[i]! - 1 / factor) / (1 - 1 / factor);
    return s > 1e-3 && s < 1 - 1e-3 ? [length * (s * (high - low) + low)] : [];
  });
  const original =
    between.length === 0
      ? LLAMA3.original_max_position_embeddings
      : Math.round(between.reduce((a, b) => a + b) / between.length);
  const expected = (length: number): number => {
    const s = Math.min(1, Math.max(0, (original / length - low) / (high - low)));
    return 1 / ((1 - s) / factor + s);
  };
  const fits = lengths.every((length, i) => Math.abs(divisors[i]! / expected(length) - 1) < 1e-4);
  if (!(fits && divisors.length === head_dim / 2))
    throw read.error("rope_freqs.weight holds another scaling than Llama 3's, which is not implemented");
  return factor === 1
    ? null
    : { rope_type: "llama3", factor, ...LLAMA3, original_max_position_embeddings: original };
}

/** Typed access to the keys of a file's architecture. */
class Reader {
  readonly arch: string;
  readonly #metadata: Gguf["metadata"];
  readonly #file: string;

  /** @throws LabError bad-model for an architecture that is not implemented */
  constructor(metadata: Gguf["metadata"], file: string) {
    this.#metadata = metadata;
    this.#file = file;
    const arch = metadata.get("general.architecture");
    if (typeof arch !== "string" || !Object.hasOwn(MODEL_TYPES, arch))
      throw this.error(
        `general.architecture is ${showValue(arch)}; this version runs ${Object.keys(MODEL_TYPES).join(", ")}`,
      );
    this.arch = arch;
  }

  error(what: string): LabError {
    return new LabError("bad-model", `${this.#file}: ${what}`);
  }

  has(key: string): boolean {
    return this.#metadata.has(`${this.arch}.${key}`);
  }

  get(key: string): GgufValue | undefined {
    return this.#metadata.get(`${this.arch}.${key}`);
  }

  /** A positive integer; `fallback` where the key is not there. */
  integer(key: string, fallback?: number): number {
    const value = this.get(key) ?? fallback;
    if (!Number.isInteger(value) || (value as number) < 1)
      throw this.error(`${this.arch}.${key} must be a positive integer, got ${showValue(value)}`);
    return value as number;
  }

  /** A positive number. A float32 is the shortest decimal that stands for it: 1e-5, not 9.999999747378752e-6. */
  number(key: string, fallback?: number): number {
    const value = this.get(key) ?? fallback;
    if (typeof value !== "number" || !(value > 0 && value < Number.POSITIVE_INFINITY))
      throw this.error(`${this.arch}.${key} must be a positive number, got ${showValue(value)}`);
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return short;
    }
    return value;
  }

  /** A token's id, or null where the file names none. */
  token(name: string): number | null {
    const value = this.#metadata.get(`tokenizer.ggml.${name}_token_id`) ?? null;
    if (value !== null && !(Number.isInteger(value) && (value as number) >= 0))
      throw this.error(`tokenizer.ggml.${name}_token_id must be a token's id, got ${showValue(value)}`);
    return value as number | null;
  }
}

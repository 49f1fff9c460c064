/** What a GGUF file says of its architecture, as the config.json that Hugging Face would have beside safetensors. */
import type { Json } from "./families/family.ts";
import type { Gguf } from "./gguf.ts";
import { MODEL_TYPES, ModelKeys } from "./ggufKeys.ts";
import { toFloat32 } from "./tensor.ts";

/** Llama 3's corners, as every published model has them; the file keeps only what follows from them. */
const LLAMA3 = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

/**
 * config.json's object; `parseModelConfig` reads it.
 * @throws LabError bad-model naming the key that is missing, malformed or not implemented
 */
export async function configOfGguf(gguf: Gguf, file: string): Promise<Json> {
  const read = new ModelKeys(gguf.metadata, file);
  const { arch } = read;
  const table = gguf.tensors.get("token_embd.weight");
  if (table?.shape.length !== 2) throw read.error("it has no table token_embd.weight of token embeddings");
  const hidden_size = read.integer("embedding_length");
  const heads = read.integer("attention.head_count");
  const head_dim = read.integer("attention.key_length", hidden_size / heads);
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
    bos_token_id: read.token("bos"),
    eos_token_id: ["eos", "eot", "eom"].map((name) => read.token(name)).filter((id) => id !== null),
  };
  const attentionScale = arch === "gemma3" ? gemma3Scale(json) ** -0.5 : head_dim ** -0.5;
  read.refuseOthers({ head_dim, hidden_size, attentionScale });
  return arch === "gemma3" ? { ...json, ...gemma3(read, json, layers) } : json;
}

/** What gemma3's attention is scaled by the root of: the file does not keep it (llama-model.cpp, LLM_ARCH_GEMMA3; 62: the 27B). */
const gemma3Scale = ({ num_hidden_layers, hidden_size, num_attention_heads, head_dim }: Json): number =>
  num_hidden_layers === 62 ? Number(hidden_size) / Number(num_attention_heads) : Number(head_dim);

/** Only the text model's own. A window of 0, or none, is no window; a pattern of n has every n-th layer see all, of 0 none. */
function gemma3(read: ModelKeys, json: Json, layers: number): Json {
  const window = read.count("attention.sliding_window");
  const pattern = read.layers("attention.sliding_window_pattern", layers);
  const every = pattern === null ? read.count("attention.sliding_window_pattern", 6) : 0;
  const slides = (layer: number): boolean =>
    pattern === null ? every === 0 || layer % every < every - 1 : Boolean(pattern[layer]);
  return {
    hidden_activation: "gelu_pytorch_tanh",
    query_pre_attn_scalar: gemma3Scale(json),
    rope_local_base_freq: read.number("rope.freq_base_swa", 10000),
    sliding_window: window || null,
    layer_types: Array.from({ length: layers }, (_, layer) =>
      window > 0 && slides(layer) ? "sliding_attention" : "full_attention",
    ),
  };
}

/**
 * Linear scaling has keys, the older one `rope.scale_linear`; a factor of 0, or none, is no scaling, and a factor without a
 * type is linear (llama.cpp, `load_hparams`). Llama 3's has no key: the converter writes by how much each frequency is divided
 * (convert_hf_to_gguf.py, `LlamaModel.generate_extra_tensors`), from which its settings are found again.
 */
async function ropeScaling(
  gguf: Gguf,
  read: ModelKeys,
  theta: number,
  head_dim: number,
): Promise<Json | null> {
  const linear = read.ropeFactor();
  const tensor = gguf.tensors.get("rope_freqs.weight");
  if (!tensor) return linear === 1 ? null : { rope_type: "linear", factor: linear };
  if (linear !== 1)
    throw read.error(
      `it scales the rotation by ${linear} and by rope_freqs.weight; both at once are not implemented`,
    );
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

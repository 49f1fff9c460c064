/**
 * The keys of a GGUF file's architecture (`llama.attention.head_count`), checked as they are read. Every key by which llama.cpp
 * would compute something else is either read by `configOfGguf` or refused here under any value that has an effect.
 */
import { LabError } from "../core/errors.ts";
import { type Gguf, type GgufValue, showValue } from "./gguf.ts";

/** general.architecture to model_type. */
export const MODEL_TYPES: Readonly<Record<string, string>> = {
  llama: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
  gemma3: "gemma3_text",
};

/** Keys that this engine has nothing for; 0, false, "none" and lists of such say that there is nothing to do, and so do these. */
const NOT_IMPLEMENTED: Readonly<Record<string, readonly GgufValue[]>> = {
  "attention.clamp_kqv": [],
  "attention.group_norm_groups": [],
  "attention.key_length_mla": [],
  "attention.kv_lora_rank": [],
  "attention.max_alibi_bias": [],
  "attention.output_scale": [1],
  "attention.q_lora_rank": [],
  "attention.relative_buckets_count": [],
  "attention.shared_kv_layers": [],
  "attention.temperature_length": [],
  "attention.temperature_scale": [],
  "attention.value_length_mla": [],
  activation_sparsity_scale: [],
  attn_logit_softcapping: [],
  embedding_length_per_layer_input: [],
  embedding_scale: [1],
  final_logit_softcapping: [],
  full_attention_interval: [1],
  logit_scale: [1],
  nextn_predict_layers: [],
  rescale_every_n_layers: [],
  residual_scale: [1],
  "rope.dimension_sections": [],
  "rope.scaling.alpha": [1],
  "rope.scaling.attn_factor": [1],
  "rope.scaling.yarn_attn_factor": [1],
  "rope.scaling.yarn_ext_factor": [-1], // llama.cpp's "not told"
  "rope.scaling.yarn_log_multiplier": [],
  "ssm.inner_size": [],
  swiglu_clamp_exp: [],
  swin_norm: [],
  use_parallel_residual: [],
};

/** Keys that must say what follows from the others: heads of one size, rotated whole. */
const HEAD_SIZES = [
  "attention.key_length_swa",
  "attention.value_length",
  "attention.value_length_swa",
  "rope.dimension_count",
  "rope.dimension_count_swa",
];

/** −1 in 32 or 64 bits, with a sign or without: how llama.cpp says that there is no such token. */
export const isNoToken = (value: unknown): boolean =>
  value === -1 || value === 2 ** 32 - 1 || value === 2n ** 64n - 1n;

/** Typed access to the keys of a file's architecture. */
export class ModelKeys {
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

  get(key: string): GgufValue | undefined {
    return this.#metadata.get(`${this.arch}.${key}`);
  }

  /** A key's one value: a list, which tells it layer by layer, must say the same for all of them. */
  #one(key: string): GgufValue | undefined {
    const value = this.get(key);
    if (typeof value !== "object" || value.length === 0) return value;
    if (Array.from<GgufValue>(value).every((entry) => entry === value[0])) return value[0];
    throw this.error(
      `${this.arch}.${key} differs from layer to layer (${showNumbers(value)}); this version has one number for all: take another model`,
    );
  }

  /** A positive integer; `fallback` where the key is not there. */
  integer(key: string, fallback?: number): number {
    const value = this.#one(key) ?? fallback;
    if (!Number.isInteger(value) || (value as number) < 1)
      throw this.error(`${this.arch}.${key} must be a positive integer, got ${showValue(value)}`);
    return value as number;
  }

  /** A number of things, which may be none; `fallback` where the key is not there. */
  count(key: string, fallback = 0): number {
    const value = this.#one(key) ?? fallback;
    return value === 0 ? 0 : this.integer(key, fallback);
  }

  /** A positive number. A float32 is the shortest decimal that stands for it: 1e-5, not 9.999999747378752e-6. */
  number(key: string, fallback?: number): number {
    const value = this.#one(key) ?? fallback;
    if (typeof value !== "number" || !(value > 0 && value < Number.POSITIVE_INFINITY))
      throw this.error(`${this.arch}.${key} must be a positive number, got ${showValue(value)}`);
    for (let digits = 1; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return short;
    }
    return value;
  }

  /** One value for each of the model's layers, or null where the key is not a list. */
  layers(key: string, count: number): ArrayLike<GgufValue> | null {
    const value = this.get(key);
    if (typeof value !== "object") return null;
    if (value.length !== count)
      throw this.error(`${this.arch}.${key} has ${value.length} entries, the model ${count} layers`);
    return value as ArrayLike<GgufValue>;
  }

  /** By how much positions are divided: 1 where nothing says so. */
  ropeFactor(): number {
    const type = this.#one("rope.scaling.type") ?? "linear";
    if (type === "none") return 1;
    const told = ["rope.scaling.factor", "rope.scale_linear"].find((key) => this.get(key) !== undefined);
    const factor = told === undefined || this.#one(told) === 0 ? 1 : this.number(told);
    if (type !== "linear" && factor !== 1)
      throw this.error(
        `${this.arch}.rope.scaling.type is ${showValue(type)}; this version computes "none", "linear" and Llama 3's: take the model without the extended context`,
      );
    return factor;
  }

  /** A token's id, or null where the file names none. */
  token(name: string): number | null {
    const value = this.#metadata.get(`tokenizer.ggml.${name}_token_id`);
    if (value === undefined || isNoToken(value)) return null;
    if (!Number.isInteger(value) || (value as number) < 0)
      throw this.error(`tokenizer.ggml.${name}_token_id must be a token's id, got ${showValue(value)}`);
    return value as number;
  }

  /** @throws LabError bad-model naming a key that would change what is computed and is not implemented */
  refuseOthers(c: { head_dim: number; hidden_size: number; attentionScale: number }): void {
    for (const key of HEAD_SIZES) {
      const size = this.integer(key, c.head_dim);
      if (size !== c.head_dim)
        throw this.error(`${this.arch}.${key} is ${size} and the heads have ${c.head_dim}: not implemented`);
    }
    if (this.count("expert_count") > 0)
      throw this.error("it is a mixture of experts, which is not implemented");
    for (const [key, inert] of Object.entries(NOT_IMPLEMENTED)) {
      const value = this.get(key);
      const idle = [0, false, "", "none", ...inert];
      const values = typeof value === "object" ? Array.from<GgufValue>(value) : [value];
      if (value !== undefined && !values.every((v) => idle.includes(v!))) this.#refuse(key);
    }
    if (this.#one("attention.causal") === false) this.#refuse("attention.causal");
    const scale = this.#one("attention.scale") ?? 0;
    if (scale !== 0 && !(Math.abs(Number(scale) / c.attentionScale - 1) < 1e-6))
      this.#refuse("attention.scale");
    const window = this.arch === "gemma3" ? 0 : this.count("attention.sliding_window");
    if (window > 0 && window < this.integer("context_length")) this.#refuse("attention.sliding_window");
  }

  #refuse(key: string): never {
    const value = this.get(key);
    const told = typeof value === "object" ? showNumbers(value) : showValue(value);
    throw this.error(
      `${this.arch}.${key} is ${told}, which changes what a model computes and is not implemented; take a model without it`,
    );
  }
}

const showNumbers = (values: ArrayLike<GgufValue>): string =>
  `[${Array.from(values).slice(0, 8).join(", ")}${values.length > 8 ? ", …" : ""}]`;

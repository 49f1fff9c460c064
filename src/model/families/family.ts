/** What a model family is, and the reader its config.json goes through. */
import { LabError, show } from "../../core/errors.ts";
import type { LayerType, ModelConfig, RopeScaling } from "../modelConfig.ts";

/** Norm weights of a block, by what they stand before or after; names within `model.layers.N.`, without `.weight`. */
export interface NormNames {
  input: string; // before the attention
  mlp: string; // before the MLP
  q?: string; // on every head of q …
  k?: string; // … and of k, before the rotation
  attentionOut?: string; // on o_proj's output, before it is added
  mlpOut?: string; // on down_proj's output, before it is added
}

/** One architecture: the whole of what tells it from Llama. */
export interface Family {
  /** @throws LabError bad-model naming the field that is missing or not implemented */
  read(c: ConfigReader): ModelConfig;
  norms: NormNames;
  /** A tensor's name in the state dict, from its name in the files; null: not part of the language model. */
  rename?(name: string): string | null;
}

export type Json = Record<string, unknown>;

const MAX_LAYERS = 1000; // published models have up to 130; what a damaged file says is not allocated

/** Fields that this engine has nothing for, with the values (and null) under which there is nothing to do. */
const NOT_IMPLEMENTED: Readonly<Record<string, readonly unknown[]>> = {
  alibi: [false],
  attention_multiplier: [],
  attn_logit_softcapping: [],
  clip_qkv: [],
  embedding_multiplier: [1],
  final_logit_softcapping: [],
  is_causal: [true],
  is_encoder_decoder: [false],
  logit_scale: [1],
  logits_scaling: [1],
  n_routed_experts: [0, 1],
  num_experts: [0, 1],
  num_local_experts: [0, 1],
  partial_rotary_factor: [1],
  residual_multiplier: [1],
  rope_interleaved: [false],
  use_mrope: [false],
};

/** Typed access to config.json whose errors name the file and the field. */
export class ConfigReader {
  readonly json: Json;
  readonly file: string;

  constructor(json: Json, file: string) {
    this.json = json;
    this.file = file;
  }

  error(what: string): LabError {
    return new LabError("bad-model", `${this.file}: ${what}`);
  }

  /** A positive integer; `fallback` where the field is absent or null, as Transformers' defaults apply. */
  integer(key: string, fallback?: number): number {
    const value = this.json[key] ?? fallback;
    if (!Number.isInteger(value) || (value as number) < 1)
      throw this.error(`${key} must be a positive integer, got ${show(value)}`);
    return value as number;
  }

  /** An integer that may be 0; `fallback` where the field is absent or null. */
  count(key: string, fallback: number): number {
    return this.json[key] === 0 ? 0 : this.integer(key, fallback);
  }

  /** A positive number. */
  number(key: string, fallback?: number): number {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "number" || !(value > 0 && value < Number.POSITIVE_INFINITY))
      throw this.error(`${key} must be a positive number, got ${show(value)}`);
    return value;
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.json[key] ?? fallback;
    if (typeof value !== "boolean") throw this.error(`${key} must be true or false, got ${show(value)}`);
    return value;
  }

  object(key: string): Json | null {
    const value = this.json[key] ?? null;
    if (value !== null && (typeof value !== "object" || Array.isArray(value)))
      throw this.error(`${key} must be an object, got ${show(value)}`);
    return value as Json | null;
  }

  /** Refuses any other value than the one this engine implements; null stands for absent. */
  only(key: string, ...supported: (string | boolean)[]): void {
    const value = this.json[key] ?? supported[0];
    if (!supported.some((known) => known === value))
      throw this.error(`${key} is ${show(value)}; this version supports ${supported.map(show).join(", ")}`);
  }

  /** @throws LabError bad-model naming a field that would change what is computed and is not implemented */
  refuseOthers(): void {
    const quantised = this.object("quantization_config");
    if (quantised !== null)
      throw this.error(
        `quantization_config says that the weights are quantised (${show(quantised.quant_method)}); take the model unquantised, or as a GGUF file`,
      );
    for (const [key, inert] of Object.entries(NOT_IMPLEMENTED)) {
      const value = this.json[key] ?? null;
      if (value !== null && !inert.includes(value))
        throw this.error(
          `${key} is ${show(value)}, which changes what a model computes and is not implemented; take a model without it`,
        );
    }
  }

  /** Transformers' rope_scaling, before rope_parameters (Transformers 5), with rope_theta in it or beside it. */
  rope(theta = 10000): { rope_theta: number; rope_scaling: RopeScaling | null } {
    const parameters = this.object("rope_scaling") ?? this.object("rope_parameters") ?? {};
    return this.ropeOf({ ...parameters, rope_theta: parameters.rope_theta ?? this.json.rope_theta ?? theta });
  }

  /** One object of rotary settings. */
  ropeOf(parameters: Json): { rope_theta: number; rope_scaling: RopeScaling | null } {
    const type = parameters.rope_type ?? parameters.type ?? "default";
    const inside = new ConfigReader(parameters, `${this.file}: rotary settings`);
    const rope_theta = inside.number("rope_theta");
    if ((parameters.partial_rotary_factor ?? 1) !== 1)
      throw inside.error(
        `partial_rotary_factor is ${show(parameters.partial_rotary_factor)}; this version rotates whole heads`,
      );
    switch (type) {
      case "default":
      case "dynamic": // changes nothing up to max_position_embeddings, and nothing longer is computed here
        return { rope_theta, rope_scaling: null };
      case "linear":
        return { rope_theta, rope_scaling: { rope_type: "linear", factor: inside.number("factor") } };
      case "llama3":
        return {
          rope_theta,
          rope_scaling: {
            rope_type: "llama3",
            factor: inside.number("factor"),
            low_freq_factor: inside.number("low_freq_factor"),
            high_freq_factor: inside.number("high_freq_factor"),
            original_max_position_embeddings: inside.number("original_max_position_embeddings"),
          },
        };
    }
    throw this.error(
      `rope_type ${show(type)} is not implemented (default, linear, dynamic, llama3): take the model without the extended context`,
    );
  }

  /** Which layers look how far: layer_types, or `sliding` where config.json has none. */
  layers(sliding: (layer: number) => boolean): Pick<ModelConfig, "layer_types" | "sliding_window"> {
    const count = this.integer("num_hidden_layers");
    if (count > MAX_LAYERS)
      throw this.error(`num_hidden_layers is ${count}; no model has more than ${MAX_LAYERS}`);
    const given = this.json.layer_types ?? null;
    const types =
      given ?? Array.from({ length: count }, (_, l) => (sliding(l) ? "sliding_attention" : "full_attention"));
    const known = (type: unknown): type is LayerType =>
      type === "full_attention" || type === "sliding_attention";
    if (!Array.isArray(types) || types.length !== count || !types.every(known))
      throw this.error(
        `layer_types must name full_attention or sliding_attention for each of ${count} layers, got ${show(given)}`,
      );
    const layer_types: LayerType[] = types;
    const slides = layer_types.includes("sliding_attention");
    return { layer_types, sliding_window: slides ? this.integer("sliding_window") : null };
  }
}

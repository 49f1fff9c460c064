/**
 * LoRA (Hu et al. 2021) in one flat arena: weights, gradients and AdamW's moments have the same layout, so the optimiser is
 * one dispatch. Ranks are padded to a multiple of 4 with zeros, which stay zero: a zero row of A and a zero column of B get
 * zero gradients.
 */
import { TARGET_MODULES, type TargetModule } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { openRng } from "../core/rng.ts";
import { roundUp } from "../core/shape.ts";
import { ALIGN, type Range } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/device.ts";
import type { ModelConfig } from "./modelConfig.ts";
import { type LoraConfig, readPeftConfig, scalingOf, writePeftConfig } from "./peftConfig.ts";
import type { AdapterState } from "./policy.ts";
import { writeSafetensors } from "./safetensors.ts";
import { type Tensor, toFloat32 } from "./tensor.ts";

/** Modules that read the same activations; their A matrices are stacked so that one product gives every H = X Aᵀ. */
export const INPUT_GROUPS = [
  ["q_proj", "k_proj", "v_proj"],
  ["o_proj"],
  ["gate_proj", "up_proj"],
  ["down_proj"],
] as const satisfies readonly (readonly TargetModule[])[];

/** (out, in) of a module of this model. */
export function moduleShape(c: ModelConfig, module: TargetModule): [out: number, input: number] {
  const q = c.num_attention_heads * c.head_dim;
  const kv = c.num_key_value_heads * c.head_dim;
  switch (module) {
    case "q_proj":
      return [q, c.hidden_size];
    case "k_proj":
      return [kv, c.hidden_size];
    case "v_proj":
      return [kv, c.hidden_size];
    case "o_proj":
      return [c.hidden_size, q];
    case "gate_proj":
      return [c.intermediate_size, c.hidden_size];
    case "up_proj":
      return [c.intermediate_size, c.hidden_size];
    case "down_proj":
      return [c.hidden_size, c.intermediate_size];
  }
}

/** The full name of a module's weight without its suffix, as in the model's state dict. */
export const moduleName = (layer: number, module: TargetModule): string =>
  `model.layers.${layer}.${module === "gate_proj" || module === "up_proj" || module === "down_proj" ? "mlp" : "self_attn"}.${module}`;

/** Where one module's pair lies, in floats from the arena's start. */
export interface LoraSlot {
  layer: number;
  module: TargetModule;
  out: number;
  in: number;
  a: number; // lora_A (rank, in)   down-projection, random at the start
  b: number; // lora_B (out, rank)  up-projection, zero at the start
  column: number; // of its H within the group's stacked H
}

const WORDS = ALIGN / 4;

/** One trainable adapter on the GPU. */
export class LoraAdapter {
  readonly config: LoraConfig;
  readonly scaling: number;
  readonly rank: number; // r padded to a multiple of 4
  readonly slots: readonly LoraSlot[];
  readonly size: number; // floats of the arena, padding included
  readonly weights: Range;
  readonly grads: Range;
  readonly m: Range;
  readonly v: Range;
  readonly #gpu: Gpu;
  readonly #bySlot = new Map<string, LoraSlot>();

  constructor(gpu: Gpu, model: ModelConfig, config: LoraConfig) {
    this.#gpu = gpu;
    this.config = config;
    this.scaling = scalingOf(config);
    this.rank = roundUp(config.r, 4);
    const slots: LoraSlot[] = [];
    let at = 0;
    for (let layer = 0; layer < model.num_hidden_layers; layer++) {
      for (const group of INPUT_GROUPS) {
        const modules = group.filter((m) => config.target_modules.includes(m));
        at = roundUp(at, WORDS);
        modules.forEach((module, i) => {
          const [out, input] = moduleShape(model, module);
          slots.push({ layer, module, out, in: input, a: at, b: 0, column: i * this.rank });
          at += this.rank * input; // a multiple of WORDS where there is a next one: hidden_size is a multiple of 16
        });
      }
    }
    at = roundUp(at, WORDS);
    for (const slot of slots) {
      slot.b = at;
      at = roundUp(at + slot.out * this.rank, WORDS);
    }
    this.slots = slots;
    this.size = at;
    for (const s of slots) this.#bySlot.set(`${s.layer}.${s.module}`, s);
    this.weights = gpu.allocate(at * 4, "lora weights");
    this.grads = gpu.allocate(at * 4, "lora gradients");
    this.m = gpu.allocate(at * 4, "lora m");
    this.v = gpu.allocate(at * 4, "lora v");
  }

  /** The pair of a module, or null if it is not a target. */
  slot(layer: number, module: TargetModule): LoraSlot | null {
    return this.#bySlot.get(`${layer}.${module}`) ?? null;
  }

  /** A piece of the weights or gradients, `count` floats from `at`. */
  range(of: "weights" | "grads", at: number, count: number): Range {
    const base = this[of];
    return { buffer: base.buffer, offset: base.offset + at * 4, size: Math.max(4, count * 4) };
  }

  /**
   * PEFT's initialisation: A Kaiming-uniform with a = √5, which is U(−1/√in, 1/√in); B zero. Numbers from the seed's own
   * stream, so they differ from PyTorch's.
   */
  initialise(seed: number): void {
    const rng = openRng(seed, "adapter-init");
    const flat = new Float32Array(this.size);
    for (const s of this.slots) {
      const bound = 1 / Math.sqrt(s.in);
      for (let i = 0; i < this.config.r * s.in; i++) flat[s.a + i] = (2 * rng.next() - 1) * bound;
    }
    this.#gpu.write(this.weights, flat);
    this.#zeroMoments();
  }

  #zeroMoments(): void {
    const zeros = new Float32Array(this.size);
    this.#gpu.write(this.m, zeros);
    this.#gpu.write(this.v, zeros);
  }

  /** Weights and moments as a checkpoint keeps them. */
  async readState(): Promise<AdapterState> {
    const [weights, m, v] = await this.#gpu.read(
      ...[this.weights, this.m, this.v].map((r) => ({ ...r, size: this.size * 4 })),
    );
    return { weights: new Float32Array(weights!), m: new Float32Array(m!), v: new Float32Array(v!) };
  }

  /** @throws LabError bad-shape if the state is of another adapter's size */
  writeState(state: AdapterState): void {
    for (const part of [state.weights, state.m, state.v]) {
      if (part.length !== this.size) {
        throw new LabError(
          "bad-shape",
          `the checkpoint holds ${part.length} adapter values, this adapter has ${this.size}: r, target_modules or the model differ`,
        );
      }
    }
    this.#gpu.write(this.weights, state.weights);
    this.#gpu.write(this.m, state.m);
    this.#gpu.write(this.v, state.v);
  }

  /** The arena's `flat` values by PEFT's names, padding removed. `infix` is "" in files, ".default" in parameter names. */
  tensors(flat: Float32Array, infix = ""): Map<string, { shape: number[]; data: Float32Array }> {
    const out = new Map<string, { shape: number[]; data: Float32Array }>();
    const { r } = this.config;
    for (const s of this.slots) {
      const name = `base_model.model.${moduleName(s.layer, s.module)}`;
      const B = new Float32Array(s.out * r);
      for (let o = 0; o < s.out; o++)
        B.set(flat.subarray(s.b + o * this.rank, s.b + o * this.rank + r), o * r);
      out.set(`${name}.lora_A${infix}.weight`, { shape: [r, s.in], data: flat.slice(s.a, s.a + r * s.in) });
      out.set(`${name}.lora_B${infix}.weight`, { shape: [s.out, r], data: B });
    }
    return out;
  }

  /** PEFT's two files. */
  async export(baseModel: string | null): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]> {
    const flat = await this.#gpu.readF32(this.weights, this.size);
    return [
      {
        name: "adapter_config.json",
        bytes: new TextEncoder().encode(writePeftConfig(this.config, baseModel)),
      },
      { name: "adapter_model.safetensors", bytes: writeSafetensors(this.tensors(flat)) },
    ];
  }

  /** Takes over the values of a PEFT file's tensors. @throws LabError bad-model listing every tensor that is missing, unexpected or misshapen */
  async import(tensors: ReadonlyMap<string, Tensor>, file: string): Promise<void> {
    const found = new Map(tensors);
    const flat = new Float32Array(this.size);
    const faults: string[] = [];
    const { r } = this.config;
    for (const s of this.slots) {
      const name = `base_model.model.${moduleName(s.layer, s.module)}`;
      for (const [part, shape] of [
        ["lora_A", [r, s.in]],
        ["lora_B", [s.out, r]],
      ] as const) {
        const key = `${name}.${part}.weight`;
        const tensor = found.get(key);
        found.delete(key);
        if (!tensor) faults.push(`${key} is missing`);
        else if (`${tensor.shape}` !== `${shape}`)
          faults.push(`${key} has shape [${tensor.shape}], the model needs [${shape}]`);
        else {
          const values = await toFloat32(tensor);
          if (part === "lora_A") flat.set(values, s.a);
          else
            for (let o = 0; o < s.out; o++)
              flat.set(values.subarray(o * r, (o + 1) * r), s.b + o * this.rank);
        }
      }
    }
    for (const key of found.keys()) faults.push(`${key} belongs to no target module of this model`);
    if (faults.length > 0) {
      throw new LabError(
        "bad-model",
        `${file}: ${faults.slice(0, 5).join("; ")}${faults.length > 5 ? `; and ${faults.length - 5} more` : ""}`,
      );
    }
    this.#gpu.write(this.weights, flat);
    this.#zeroMoments();
  }

  destroy(): void {
    for (const range of [this.weights, this.grads, this.m, this.v]) this.#gpu.free(range);
  }
}

/** Reads a PEFT folder's config; its tensors go in with `import`. */
export function loraConfigOf(json: unknown, file = "adapter_config.json"): LoraConfig {
  return readPeftConfig(json, file);
}

/** A fresh adapter's settings from a run's. */
export const newLoraConfig = (c: {
  r: number;
  lora_alpha: number;
  target_modules: TargetModule[];
}): LoraConfig => ({
  r: c.r,
  lora_alpha: c.lora_alpha,
  target_modules: TARGET_MODULES.filter((m) => c.target_modules.includes(m)),
  use_rslora: false,
});

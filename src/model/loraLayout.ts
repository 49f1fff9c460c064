/**
 * Where a LoRA adapter's matrices (Hu et al. 2021) lie in one flat array of floats: all A and B behind one another, ranks padded
 * to a multiple of 4 with zeros, which stay zero: a zero row of A and a zero column of B get zero gradients.
 */
import type { TargetModule } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { roundUp } from "../core/shape.ts";
import { ALIGN } from "../gpu/buffers.ts";
import type { ModelConfig } from "./modelConfig.ts";
import { type LoraConfig, scalingOf } from "./peftConfig.ts";
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

/** Where one module's pair lies, in floats from the array's start. */
export interface LoraSlot {
  layer: number;
  module: TargetModule;
  out: number;
  in: number;
  a: number; // lora_A (rank, in)   down-projection, random at the start
  b: number; // lora_B (out, rank)  up-projection, zero at the start
  column: number; // of its H within the group's stacked H
}

/** A pair without its padding. */
export interface LoraPair {
  A: Float32Array<ArrayBuffer>; // (r, in)
  B: Float32Array<ArrayBuffer>; // (out, r)
}

const WORDS = ALIGN / 4;

export class LoraLayout {
  readonly config: LoraConfig;
  readonly scaling: number;
  readonly rank: number; // r padded to a multiple of 4
  readonly slots: readonly LoraSlot[];
  readonly size: number; // floats, padding included
  readonly #bySlot = new Map<string, LoraSlot>();
  readonly #path: ModelConfig["decoder_path"];

  constructor(model: ModelConfig, config: LoraConfig) {
    this.#path = model.decoder_path;
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
  }

  /** The pair of a module, or null if it is not a target. */
  slot(layer: number, module: TargetModule): LoraSlot | null {
    return this.#bySlot.get(`${layer}.${module}`) ?? null;
  }

  /** Copies of a slot's matrices. */
  pair(flat: Float32Array, { a, b, in: input, out }: LoraSlot): LoraPair {
    const { rank } = this;
    const { r } = this.config;
    const B = new Float32Array(out * r);
    for (let o = 0; o < out; o++) B.set(flat.subarray(b + o * rank, b + o * rank + r), o * r);
    return { A: flat.slice(a, a + r * input) as Float32Array<ArrayBuffer>, B };
  }

  /** The values by PEFT's names. `infix` is "" in files, ".default" in parameter names. */
  tensors(flat: Float32Array, infix = ""): Map<string, { shape: number[]; data: Float32Array }> {
    const out = new Map<string, { shape: number[]; data: Float32Array }>();
    const { r } = this.config;
    for (const s of this.slots) {
      const name = `base_model.model.${moduleName(s.layer, s.module).replace("model", this.#path)}`;
      const { A, B } = this.pair(flat, s);
      out.set(`${name}.lora_A${infix}.weight`, { shape: [r, s.in], data: A });
      out.set(`${name}.lora_B${infix}.weight`, { shape: [s.out, r], data: B });
    }
    return out;
  }

  /**
   * The flat array of a file's tensors, whatever float type they have. `place` says of a slot whether its pair must be there,
   * may be there (zeros where it is not, which do nothing), or may not.
   * @throws LabError bad-model listing every tensor that is missing, unexpected or misshapen
   */
  async flatten(
    tensors: ReadonlyMap<string, Tensor>,
    file: string,
    place: (slot: LoraSlot) => "must" | "may" | "not" = () => "must",
  ): Promise<Float32Array<ArrayBuffer>> {
    const { r } = this.config;
    const faults: string[] = [];
    const known = new Set<string>();
    const found = this.slots.flatMap((slot) => {
      const name = `base_model.model.${moduleName(slot.layer, slot.module)}`;
      const there = tensors.has(`${name}.lora_A.weight`) || tensors.has(`${name}.lora_B.weight`);
      if (place(slot) === "not" || (place(slot) === "may" && !there)) return [];
      const take = (part: string, shape: [number, number]): Tensor | null => {
        const key = `${name}.${part}.weight`;
        known.add(key);
        const tensor = tensors.get(key);
        if (!tensor) faults.push(`${key} is missing`);
        else if (`${tensor.shape}` !== `${shape}`)
          faults.push(`${key} has shape [${tensor.shape}], the model needs [${shape}]`);
        return tensor ?? null;
      };
      return [{ slot, A: take("lora_A", [r, slot.in]), B: take("lora_B", [slot.out, r]) }];
    });
    for (const key of tensors.keys())
      if (!known.has(key)) faults.push(`${key} belongs to no target module of this model`);
    if (faults.length > 0) {
      const more = faults.length > 5 ? `; and ${faults.length - 5} more` : "";
      throw new LabError("bad-model", `${file}: ${faults.slice(0, 5).join("; ")}${more}`);
    }
    const flat = new Float32Array(this.size); // not before its size is known to be the file's
    for (const { slot, A, B } of found) {
      flat.set(await toFloat32(A!), slot.a);
      const rows = await toFloat32(B!);
      for (let o = 0; o < slot.out; o++) flat.set(rows.subarray(o * r, (o + 1) * r), slot.b + o * this.rank);
    }
    return flat;
  }
}

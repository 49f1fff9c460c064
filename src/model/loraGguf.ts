/**
 * A LoRA adapter as llama.cpp loads it beside a base model (its convert_lora_to_gguf.py and src/llama-adapter.cpp): a pair of
 * float32 tensors for every weight, `blk.N.attn_q.weight.lora_a` (r, in) and `.lora_b` (out, r), added alpha / r times.
 */
import type { TargetModule } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { type GgufTensor, writeGguf } from "./ggufWriter.ts";
import type { ModelConfig } from "./modelConfig.ts";
import type { LoraWeights } from "./peft.ts";

/** llama.cpp's name of an architecture, by model_type. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  llama: "llama",
  qwen2: "qwen2",
  qwen3: "qwen3",
  gemma3: "gemma3",
  gemma3_text: "gemma3",
};

const GGML_NAMES: Record<TargetModule, string> = {
  q_proj: "attn_q",
  k_proj: "attn_k",
  v_proj: "attn_v",
  o_proj: "attn_output",
  gate_proj: "ffn_gate",
  up_proj: "ffn_up",
  down_proj: "ffn_down",
};

/** The bytes of the GGUF file, for the base model of this name. @throws LabError bad-model for an architecture whose name in llama.cpp is not known */
export function loraGguf(
  model: ModelConfig,
  { layout, flat }: LoraWeights,
  baseModel: string | null = null,
): Uint8Array<ArrayBuffer> {
  const architecture = ARCHITECTURES[model.model_type];
  if (architecture === undefined)
    throw new LabError(
      "bad-model",
      `model_type "${model.model_type}" has no LoRA GGUF here; take the adapter in PEFT's format`,
    );
  const { r, lora_alpha, use_rslora } = layout.config;
  const metadata = new Map<string, string | number | bigint>([
    ["general.architecture", architecture],
    ["general.type", "adapter"],
    ["adapter.type", "lora"],
    ["adapter.lora.alpha", use_rslora ? lora_alpha * Math.sqrt(r) : lora_alpha], // llama.cpp divides by r
  ]);
  if (baseModel !== null)
    metadata.set("general.base_model.count", 1n).set("general.base_model.0.name", baseModel);
  const tensors = layout.slots.flatMap((slot): GgufTensor[] => {
    const { A, B } = layout.pair(flat, slot);
    const name = `blk.${slot.layer}.${GGML_NAMES[slot.module]}.weight`;
    const heads = rotatedHeads(model, slot.module);
    return [
      { name: `${name}.lora_a`, shape: [r, slot.in], data: A },
      { name: `${name}.lora_b`, shape: [slot.out, r], data: heads === null ? B : interleave(B, heads, r) },
    ];
  });
  return writeGguf(metadata, tensors);
}

/** Llama's q and k are rotated in neighbouring pairs by llama.cpp, in halves by Hugging Face; other families alike by both. */
function rotatedHeads(model: ModelConfig, module: TargetModule): number | null {
  if (model.model_type !== "llama") return null;
  if (module === "q_proj") return model.num_attention_heads;
  return module === "k_proj" ? model.num_key_value_heads : null;
}

/** Rows (out, r) with the two halves of every head interleaved: row i of a half becomes row 2i, of the other 2i + 1. */
function interleave(rows: Float32Array, heads: number, r: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(rows.length);
  const half = rows.length / r / heads / 2;
  for (let row = 0; row < rows.length / r; row++) {
    const head = Math.floor(row / (2 * half));
    const [which, i] = [Math.floor(row / half) % 2, row % half];
    out.set(rows.subarray(row * r, (row + 1) * r), (head * 2 * half + 2 * i + which) * r);
  }
  return out;
}

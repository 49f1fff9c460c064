/** A GGUF file's tensors as the state dict has them: Hugging Face's names, order of rows and meaning. */
import { LabError } from "../core/errors.ts";
import type { NormNames } from "./families/family.ts";
import { families } from "./families/registry.ts";
import type { Gguf } from "./gguf.ts";
import type { ModelConfig } from "./modelConfig.ts";
import { type Tensor, toFloat32 } from "./tensor.ts";

const WHOLE: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

/** Within a block, GGML's name to ours. */
const MATRICES: Readonly<Record<string, string>> = {
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};
const NORMS: Readonly<Record<string, keyof NormNames>> = {
  attn_norm: "input",
  ffn_norm: "mlp",
  attn_q_norm: "q",
  attn_k_norm: "k",
  post_attention_norm: "attentionOut",
  post_ffw_norm: "mlpOut",
};

/** Settings rather than weights: `configOfGguf` reads them. */
const SETTINGS = ["rope_freqs.weight"];

/** Buffers of older converters that follow from the settings; llama.cpp passes them over too. */
const DERIVED = /^blk\.\d+\.attn_rot_embd\.weight$/;

/** @throws LabError bad-model naming a tensor that this architecture does not have: something would be left out */
export function tensorsOfGguf(gguf: Gguf, config: ModelConfig, file: string): Map<string, Tensor> {
  const { norms } = families[config.model_type]!; // parseModelConfig found it
  const out = new Map<string, Tensor>();
  for (const [name, tensor] of gguf.tensors) {
    if (SETTINGS.includes(name) || DERIVED.test(name)) continue;
    const found = stateName(name, norms);
    if (found === null || !has(config, found))
      throw new LabError(
        "bad-model",
        `${file}: a ${config.model_type} has no tensor ${name}${beyond(config, name)}: not implemented`,
      );
    out.set(found, asInStateDict(tensor, found, config));
  }
  return out;
}

const beyond = ({ num_hidden_layers: layers }: ModelConfig, name: string): string =>
  Number(/^blk\.(\d+)\./.exec(name)?.[1] ?? 0) < layers ? "" : ` with a block_count of ${layers}`;

/** Whether a model of these settings reads a tensor: none of a layer beyond them, and no other bias than q's, k's and v's. */
function has(config: ModelConfig, name: string): boolean {
  const layer = Number(/^model\.layers\.(\d+)\./.exec(name)?.[1] ?? 0);
  const biased = config.attention_bias && /\.[qkv]_proj\.bias$/.test(name);
  return layer < config.num_hidden_layers && (biased || !name.endsWith(".bias"));
}

function stateName(name: string, norms: NormNames): string | null {
  const [, layer, part, suffix] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (part === undefined) return null;
  const of = (table: Readonly<Record<string, string>>) => (Object.hasOwn(table, part) ? table[part]! : null);
  if (layer === undefined) return of(WHOLE) && `${of(WHOLE)}.${suffix}`;
  const within = of(MATRICES) ?? norms[(of(NORMS) ?? "") as keyof NormNames];
  return within === undefined ? null : `model.layers.${Number(layer)}.${within}.${suffix}`;
}

function asInStateDict(tensor: Tensor, name: string, c: ModelConfig): Tensor {
  if (c.norm_offset !== 0 && name.endsWith("norm.weight")) return lessened(tensor, c.norm_offset);
  if (c.model_type === "llama" && name.endsWith("q_proj.weight"))
    return halvesOfHeads(tensor, c.num_attention_heads);
  if (c.model_type === "llama" && name.endsWith("k_proj.weight"))
    return halvesOfHeads(tensor, c.num_key_value_heads);
  return tensor;
}

/** GGUF stores what a norm multiplies by, 1 + w; the state dict has w. */
const lessened = (tensor: Tensor, offset: number): Tensor => ({
  dtype: "F32",
  shape: tensor.shape,
  async read(first, count) {
    const values = await toFloat32({ ...tensor, read: () => tensor.read(first, count) });
    return new Uint8Array(values.map((x) => x - offset).buffer);
  },
});

/**
 * llama.cpp rotates neighbours, Transformers the two halves of a head: the converter reorders q's and k's rows
 * (convert_hf_to_gguf.py, `LlamaModel.permute`), this puts them back. Rows keep their blocks.
 */
function halvesOfHeads(tensor: Tensor, heads: number): Tensor {
  const rows = tensor.shape[0]!;
  const size = rows / heads;
  if (tensor.shape.length !== 2 || size % 2 !== 0) return tensor; // of a wrong shape, which the loader reports
  const source = (row: number): number => {
    const inHead = row % size;
    return row - inHead + 2 * (inHead % (size / 2)) + Math.floor(inHead / (size / 2));
  };
  return {
    ...tensor,
    async read(first = 0, count = rows - first) {
      const begin = first - (first % size);
      const end = Math.ceil((first + count) / size) * size; // whole heads
      const bytes = await tensor.read(begin, end - begin);
      const row = bytes.length / (end - begin);
      const out = new Uint8Array(count * row);
      for (let i = 0; i < count; i++) {
        const from = (source(first + i) - begin) * row;
        out.set(bytes.subarray(from, from + row), i * row);
      }
      return out;
    },
  };
}

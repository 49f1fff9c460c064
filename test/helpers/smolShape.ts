/** SmolLM2-135M with random weights: bench material where the real file is not at hand. Time does not depend on the values. */
import { TARGET_MODULES } from "../../src/core/config.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { WEIGHT_BLOCKS, type WeightType, weightBytes } from "../../src/gpu/kernels/weightTypes.ts";
import type { LoadedModel } from "../../src/model/causalLm.ts";
import { moduleName, moduleShape } from "../../src/model/loraLayout.ts";
import { parseModelConfig } from "../../src/model/modelConfig.ts";
import { countOf, type Tensor } from "../../src/model/tensor.ts";
import { uploadWeights } from "../../src/model/weights.ts";
import SMOLLM2 from "./smollm2.json";

/** config.json of HuggingFaceTB/SmolLM2-135M-Instruct, the fields that shape the computation; test/bench/gpu/lora.py reads it too. */
export { SMOLLM2 };

const SCALE = 0x211f; // 0.01 as f16: what the halves at the start of a block mean
const FINE = 0x068e; // 0.0001: in a K-quant it is multiplied by a whole number once more
/** Types without blocks: the bits of a word that stay random, and an exponent that makes ±0.008 to ±0.016 of them. */
const SMALL: { [type in WeightType]?: { keep: number; exponent: number } } = {
  F32: { keep: 0x807fffff, exponent: 0x3c000000 },
  F16: { keep: 0x83ff83ff, exponent: 0x20002000 },
  BF16: { keep: 0x807f807f, exponent: 0x3c003c00 },
};

/**
 * The types of the file in ../shared/models by default: projections, embedding, norms.
 * @param shape another one than SmolLM2's, for a try of what measures it
 * @returns the model on the GPU
 */
export async function smolShape(
  gpu: Gpu,
  projections: WeightType = "Q4_1",
  embedding: WeightType = "Q8_0",
  shape: object = SMOLLM2,
): Promise<LoadedModel> {
  const config = parseModelConfig(shape);
  const { hidden_size: C, vocab_size: V } = config;
  const tensors = new Map<string, Tensor>([
    ["model.embed_tokens.weight", random(embedding, [V, C], 1)],
    ["model.norm.weight", ones(C)],
  ]);
  for (let l = 0; l < config.num_hidden_layers; l++) {
    tensors.set(`model.layers.${l}.input_layernorm.weight`, ones(C));
    tensors.set(`model.layers.${l}.post_attention_layernorm.weight`, ones(C));
    for (const [i, m] of TARGET_MODULES.entries())
      tensors.set(`${moduleName(l, m)}.weight`, random(projections, moduleShape(config, m), 10 * l + i + 2));
  }
  return { config, weights: await uploadWeights(gpu, config, tensors) };
}

const ones = (n: number): Tensor => ({
  dtype: "F32",
  shape: [n],
  read: async () => new Uint8Array(new Float32Array(n).fill(1).buffer),
});

/** Random words; d (and m, where a block has one) small. */
function random(dtype: WeightType, shape: number[], seed: number): Tensor {
  return {
    dtype,
    shape,
    read: async () => {
      const words = new Uint32Array(Math.ceil(weightBytes(dtype, countOf(shape)) / 4));
      let state = seed;
      for (let i = 0; i < words.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator
        words[i] = state;
      }
      const bytes = new Uint8Array(words.buffer, 0, weightBytes(dtype, countOf(shape)));
      const small = SMALL[dtype];
      if (small) {
        for (let i = 0; i < words.length; i++) words[i] = ((words[i]! & small.keep) | small.exponent) >>> 0;
        return bytes;
      }
      const view = new DataView(bytes.buffer);
      const block = WEIGHT_BLOCKS[dtype].bytes;
      for (let at = 0; at < bytes.length; at += block) {
        if (dtype === "Q6_K") {
          view.setUint16(at + 208, FINE, true); // d is its last
          continue;
        }
        if (dtype === "Q4_K" || dtype === "Q5_K") {
          view.setUint16(at, FINE, true);
          view.setUint16(at + 2, FINE, true);
          continue;
        }
        view.setUint16(at, SCALE, true);
        if (dtype === "Q4_1" || dtype === "Q5_1") view.setUint16(at + 2, SCALE | 0x8000, true);
      }
      return bytes;
    },
  };
}

/** Model files onto the GPU: every matrix stays in its file's 16-bit (or 32-bit) form, norm weights become f32. */

import type { TargetModule } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { type FileSource, readJson } from "../core/files.ts";
import type { Range } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/device.ts";
import { moduleName, moduleShape } from "./adapter.ts";
import type { ModelConfig } from "./modelConfig.ts";
import type { Matrix } from "./ops.ts";
import { readSafetensors, type Tensor, toFloat32 } from "./safetensors.ts";

export interface LayerWeights {
  inputNorm: Range; // (C)
  postAttentionNorm: Range; // (C)
  matrices: Record<TargetModule, Matrix>; // (out, in) each
}

export interface ModelWeights {
  embedding: Matrix; // (V, C)
  head: Matrix; // (V, C); the embedding itself where tied
  norm: Range; // (C)
  layers: LayerWeights[];
  parameters: number;
  bytes: number; // on the GPU
}

/** Every tensor of a model folder: one file, or shards with an index. @throws LabError bad-model */
export async function readModelTensors(source: FileSource): Promise<Map<string, Tensor>> {
  const index = await readOptionalIndex(source);
  const tensors = new Map<string, Tensor>();
  for (const file of index ?? ["model.safetensors"]) {
    for (const [name, tensor] of readSafetensors(await source(file), file)) tensors.set(name, tensor);
  }
  return tensors;
}

async function readOptionalIndex(source: FileSource): Promise<string[] | null> {
  const name = "model.safetensors.index.json";
  let index: { weight_map?: Record<string, string> };
  try {
    index = (await readJson(source, name)) as typeof index;
  } catch (error) {
    if (error instanceof LabError && error.code === "not-found") return null;
    throw error;
  }
  if (typeof index.weight_map !== "object" || index.weight_map === null)
    throw new LabError("bad-model", `${name} has no weight_map`);
  return [...new Set(Object.values(index.weight_map))].sort();
}

/**
 * Uploads a Llama's tensors.
 * @throws LabError bad-model listing every tensor that is missing or has another shape than config.json says
 */
export function uploadWeights(gpu: Gpu, c: ModelConfig, tensors: ReadonlyMap<string, Tensor>): ModelWeights {
  const faults: string[] = [];
  const take = (name: string, shape: readonly number[]): Tensor | null => {
    const t = tensors.get(name);
    if (!t) faults.push(`${name} is missing`);
    else if (`${t.shape}` !== `${shape}`)
      faults.push(`${name} has shape [${t.shape}], config.json says [${shape}]`);
    return t && `${t.shape}` === `${shape}` ? t : null;
  };
  // Everything is looked up before anything is uploaded: a bad file costs no GPU memory.
  const modules: TargetModule[] = [
    "q_proj",
    "k_proj",
    "v_proj",
    "o_proj",
    "gate_proj",
    "up_proj",
    "down_proj",
  ];
  const embedding = take("model.embed_tokens.weight", [c.vocab_size, c.hidden_size]);
  const head = c.tie_word_embeddings ? embedding : take("lm_head.weight", [c.vocab_size, c.hidden_size]);
  const norm = take("model.norm.weight", [c.hidden_size]);
  const layers = Array.from({ length: c.num_hidden_layers }, (_, l) => ({
    inputNorm: take(`model.layers.${l}.input_layernorm.weight`, [c.hidden_size]),
    postAttentionNorm: take(`model.layers.${l}.post_attention_layernorm.weight`, [c.hidden_size]),
    matrices: modules.map((m) => [m, take(`${moduleName(l, m)}.weight`, moduleShape(c, m))] as const),
  }));
  if (faults.length > 0) {
    const more = faults.length > 5 ? `; and ${faults.length - 5} more` : "";
    throw new LabError(
      "bad-model",
      `the model's files do not fit its config.json: ${faults.slice(0, 5).join("; ")}${more}`,
    );
  }
  const before = gpu.allocatedBytes;
  const vector = (t: Tensor | null, label: string) => gpu.upload(toFloat32(t!), label);
  const matrix = (t: Tensor | null, label: string): Matrix => ({
    range: gpu.upload(t!.bytes, label),
    type: t!.dtype,
    rows: t!.shape[0]!,
    cols: t!.shape[1]!,
  });
  const table = matrix(embedding, "embedding");
  const parameters = [...tensors.values()].reduce((n, t) => n + t.shape.reduce((a, b) => a * b, 1), 0);
  return {
    embedding: table,
    head: head === embedding ? table : matrix(head, "head"),
    norm: vector(norm, "norm"),
    layers: layers.map((l, i) => ({
      inputNorm: vector(l.inputNorm, `layer ${i} input norm`),
      postAttentionNorm: vector(l.postAttentionNorm, `layer ${i} post-attention norm`),
      matrices: Object.fromEntries(l.matrices.map(([m, t]) => [m, matrix(t, `layer ${i} ${m}`)])) as Record<
        TargetModule,
        Matrix
      >,
    })),
    parameters,
    bytes: gpu.allocatedBytes - before,
  };
}

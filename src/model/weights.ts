/** Model files onto the GPU: every matrix stays in its file's type, norm weights become f32. */

import { TARGET_MODULES, type TargetModule } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import type { ModelTypes } from "../gpu/autotune.ts";
import type { Range } from "../gpu/buffers.ts";
import type { Gpu } from "../gpu/device.ts";
import { packWeights, type WeightType, weightWords } from "../gpu/kernels/weightTypes.ts";
import type { NormNames } from "./families/family.ts";
import { families } from "./families/registry.ts";
import { INPUT_GROUPS, moduleName, moduleShape } from "./loraLayout.ts";
import type { ModelConfig } from "./modelConfig.ts";
import { type Matrix, SHARD_ROWS, type Shard } from "./ops.ts";
import { countOf, type OtherTensor, type Tensor, toFloat32 } from "./tensor.ts";

export interface LayerWeights {
  norms: { [name in keyof NormNames]: Range }; // (C), those of q and k (hs); norm_offset added
  matrices: Record<TargetModule, Matrix>; // (out, in) each
  biases: Partial<Record<TargetModule, Range>>; // (out)
}

export interface ModelWeights {
  embedding: Matrix; // (V, C)
  head: Matrix; // (V, C); the embedding itself where tied
  norm: Range; // (C), norm_offset added
  layers: LayerWeights[];
  parameters: number;
  bytes: number; // on the GPU
}

const [ATTENTION_IN] = INPUT_GROUPS;
const UPLOAD_BYTES = 64 << 20; // handed to WebGPU before it is waited for: it copies what it is given

/** The types of a model's matrices. */
export function weightTypes({ layers, head }: Pick<ModelWeights, "layers" | "head">): ModelTypes {
  const types = layers.flatMap(({ matrices }) => Object.values(matrices).map(({ type }) => type));
  return { layers: [...new Set(types)], head: head.type };
}

/** How many rows of a matrix one binding takes: all, or a multiple of SHARD_ROWS. */
function shardRows(type: WeightType, rows: number, cols: number, maxBytes: number, label: string): number {
  const rowBytes = 4 * weightWords(type, cols);
  if (rows * rowBytes <= maxBytes) return rows;
  const most = Math.floor(maxBytes / rowBytes / SHARD_ROWS) * SHARD_ROWS;
  if (most > 0) return most;
  throw new LabError(
    "out-of-memory",
    `${label}: ${SHARD_ROWS} rows of ${rowBytes} bytes exceed the ${maxBytes} this device gives a binding; take smaller weights`,
  );
}

/** What one buffer of weights may be at most. */
const maxBytes = (gpu: Gpu): number => Math.min(gpu.maxBindingBytes, gpu.device.limits.maxBufferSize);

/** Room for a matrix (rows, cols), in several buffers beyond `maxShardBytes`. @throws LabError out-of-memory */
export function allocateMatrix(
  gpu: Gpu,
  type: WeightType,
  [rows, cols]: readonly [rows: number, cols: number],
  label: string,
  maxShardBytes = maxBytes(gpu),
): Matrix {
  const shards: Shard[] = [];
  const step = shardRows(type, rows, cols, maxShardBytes, label);
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const range = gpu.allocate(4 * weightWords(type, count * cols), label);
    shards.push({ range, first, rows: count });
  }
  return { shards, type, rows, cols };
}

/**
 * Uploads a model's tensors, one after another: no two of them are in memory at once. Matrices beyond `maxShardBytes` lie in
 * several buffers. `others` is what the files hold beside weights, for the message where one was needed.
 * @throws LabError bad-model listing every tensor that is missing or has another shape than config.json says
 */
export async function uploadWeights(
  gpu: Gpu,
  c: ModelConfig,
  tensors: ReadonlyMap<string, Tensor>,
  maxShardBytes = maxBytes(gpu),
  others: ReadonlyMap<string, OtherTensor> = new Map(),
): Promise<ModelWeights> {
  const { norms, rename = (name: string) => name } = families[c.model_type]!;
  const named = new Map([...tensors].map(([name, t]) => [rename(name), t]));
  named.delete(null);
  const unread = new Map([...others].map(([name, t]) => [rename(name), t.dtype]));
  const faults: string[] = [];
  const take = (name: string, shape: readonly number[]): Tensor | null => {
    const t = named.get(name);
    if (!t)
      faults.push(
        unread.has(name)
          ? `${name} has dtype ${unread.get(name)}, weights are F32, F16 or BF16`
          : `${name} is missing`,
      );
    else if (`${t.shape}` !== `${shape}`)
      faults.push(`${name} has shape [${t.shape}], config.json says [${shape}]`);
    return t && `${t.shape}` === `${shape}` ? t : null;
  };
  // Everything is looked up before anything is uploaded: a bad file costs no GPU memory.
  const embedding = take("model.embed_tokens.weight", [c.vocab_size, c.hidden_size]);
  const head = c.tie_word_embeddings ? embedding : take("lm_head.weight", [c.vocab_size, c.hidden_size]);
  const norm = take("model.norm.weight", [c.hidden_size]);
  const layers = Array.from({ length: c.num_hidden_layers }, (_, l) => ({
    norms: Object.entries(norms).map(([n, name]) => {
      const size = n === "q" || n === "k" ? c.head_dim : c.hidden_size;
      return [n, take(`model.layers.${l}.${name}.weight`, [size])] as const;
    }),
    biases: (c.attention_bias ? ATTENTION_IN : []).map(
      (m) => [m, take(`${moduleName(l, m)}.bias`, [moduleShape(c, m)[0]])] as const,
    ),
    matrices: TARGET_MODULES.map((m) => [m, take(`${moduleName(l, m)}.weight`, moduleShape(c, m))] as const),
  }));
  if (faults.length > 0) {
    const more = faults.length > 5 ? `; and ${faults.length - 5} more` : "";
    throw new LabError(
      "bad-model",
      `the model's files do not fit its config.json: ${faults.slice(0, 5).join("; ")}${more}`,
    );
  }
  const before = gpu.allocatedBytes;
  const uploaded: Range[] = [];
  let waiting = 0; // bytes that WebGPU may still hold a copy of
  const put = async (range: Range, data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>) => {
    gpu.write(range, data);
    waiting += data.byteLength;
    if (waiting > UPLOAD_BYTES) {
      await gpu.idle();
      waiting = 0;
    }
  };
  const vector = async (t: Tensor | null, label: string, offset = 0) => {
    const values = await toFloat32(t!);
    const range = gpu.allocate(values.byteLength, label);
    uploaded.push(range);
    await put(range, offset === 0 ? values : values.map((w) => w + offset));
    return range;
  };
  const normed = (t: Tensor | null, label: string) => vector(t, label, c.norm_offset);
  const matrix = async (t: Tensor | null, label: string): Promise<Matrix> => {
    const { dtype, shape } = t!;
    const m = allocateMatrix(gpu, dtype, [shape[0]!, shape[1]!], label, maxShardBytes);
    for (const { range } of m.shards) uploaded.push(range);
    for (const { range, first, rows } of m.shards)
      await put(range, packWeights(dtype, await t!.read(first, rows)));
    return m;
  };
  try {
    const table = await matrix(embedding, "embedding");
    const weights: ModelWeights = {
      embedding: table,
      head: head === embedding ? table : await matrix(head, "head"),
      norm: await normed(norm, "norm"),
      layers: [],
      parameters: [...named.values()].reduce((n, t) => n + countOf(t.shape), 0),
      bytes: 0,
    };
    for (const [i, l] of layers.entries()) {
      const matrices: [TargetModule, Matrix][] = [];
      for (const [m, t] of l.matrices) matrices.push([m, await matrix(t, `layer ${i} ${m}`)]);
      const norms: [string, Range][] = [];
      for (const [n, t] of l.norms) norms.push([n, await normed(t, `layer ${i} ${n} norm`)]);
      const biases: [TargetModule, Range][] = [];
      for (const [m, t] of l.biases) biases.push([m, await vector(t, `layer ${i} ${m} bias`)]);
      weights.layers.push({
        norms: Object.fromEntries(norms) as LayerWeights["norms"],
        matrices: Object.fromEntries(matrices) as LayerWeights["matrices"],
        biases: Object.fromEntries(biases),
      });
    }
    return { ...weights, bytes: gpu.allocatedBytes - before };
  } catch (error) {
    for (const range of uploaded) gpu.free(range); // the file could not be read to its end
    throw error;
  }
}

/**
 * A model with its adapter worked in: W + s·B·A for every target, everything else as it is. Written out as one safetensors
 * file, a piece of a tensor at a time, so that the model need never be in memory.
 */
import { LabError } from "../core/errors.ts";
import { type FileSource, readOptional } from "../core/files.ts";
import { families } from "./families/registry.ts";
import { encodeFloats, type FloatType } from "./floats.ts";
import { type LoraPair, moduleName } from "./loraLayout.ts";
import { type ModelFiles, ownName } from "./modelFiles.ts";
import type { LoraWeights } from "./peft.ts";
import { safetensorsHeader, type TensorEntry } from "./safetensors.ts";
import { countOf, type Tensor, toFloat32 } from "./tensor.ts";
import { readTokenizerFiles } from "./tokenizerFiles.ts";

const PIECE_VALUES = 1 << 20; // worked on at once, at least a row
const BYTES: Record<FloatType, number> = { F32: 4, F16: 2, BF16: 2 };
const HALF_LIMIT = 65520; // rounds to infinity

/**
 * What a tensor is written as. Quantised blocks have no place in safetensors; they become F16, whose 11 significant bits are
 * more than any of them has, at half the size of F32 (BF16 would round off three bits more).
 */
const typeOf = ({ dtype }: Tensor): FloatType =>
  dtype === "F32" || dtype === "F16" || dtype === "BF16" ? dtype : "F16";

/** A file whose bytes come in pieces, to be written as they come. */
export interface PiecedFile {
  name: string;
  pieces(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** What a model folder may have beside its weights, passed on as it is. */
const BESIDE = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "preprocessor_config.json",
  "processor_config.json",
  "chat_template.jinja",
  "chat_template.json",
];

/** Transformers' class, by model_type: a GGUF file does not name it. */
const CLASSES: Readonly<Record<string, string>> = {
  llama: "LlamaForCausalLM",
  qwen2: "Qwen2ForCausalLM",
  qwen3: "Qwen3ForCausalLM",
  gemma3_text: "Gemma3ForCausalLM",
};

/** The files of the merged model's folder, in Hugging Face's form whatever the base's. @throws LabError bad-model */
export async function mergedModel(
  source: FileSource,
  base: ModelFiles,
  adapter: LoraWeights,
): Promise<PiecedFile[]> {
  const beside = base.gguf === null ? await passedOn(source) : await rewritten(source, base);
  return [...beside, { name: "model.safetensors", pieces: () => mergedSafetensors(base, adapter) }];
}

async function passedOn(source: FileSource): Promise<PiecedFile[]> {
  const found = await Promise.all(
    BESIDE.map(async (name) => ({ name, bytes: await readOptional(source, name) })),
  );
  return found.flatMap(({ name, bytes }) => (bytes === null ? [] : [whole(name, bytes)]));
}

/** What a GGUF says in its metadata, as files. */
async function rewritten(source: FileSource, base: ModelFiles): Promise<PiecedFile[]> {
  const { config, configJson } = base;
  const { tokenizer, tokenizerConfig } = await readTokenizerFiles(source);
  const json = (name: string, value: unknown): PiecedFile =>
    whole(name, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
  const architectures = [CLASSES[config.model_type]];
  return [
    json("config.json", {
      _name_or_path: ownName(base) ?? undefined, // JSON leaves it out
      architectures,
      ...configJson,
      torch_dtype: "float16",
    }),
    json("tokenizer.json", tokenizer),
    json("tokenizer_config.json", {
      tokenizer_class: "PreTrainedTokenizerFast", // a family's own class would cut text its own way
      ...(tokenizerConfig as object),
    }),
  ];
}

const whole = (name: string, bytes: Uint8Array<ArrayBuffer>): PiecedFile => ({
  name,
  async *pieces() {
    yield bytes;
  },
});

/**
 * The bytes of the merged model's one model.safetensors, in pieces; names as the base's files have them.
 * @throws LabError bad-model, not-finite
 */
export async function* mergedSafetensors(
  { config, tensors, others }: Pick<ModelFiles, "config" | "tensors" | "others">,
  { layout, flat }: LoraWeights,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { rename = (name: string) => name } = families[config.model_type]!;
  const slots = new Map(layout.slots.map((s) => [`${moduleName(s.layer, s.module)}.weight`, s]));
  const there = new Set([...tensors.keys()].map(rename));
  const missing = [...slots.keys()].find((name) => !there.has(name));
  if (missing)
    throw new LabError("bad-model", `the adapter is for ${missing}, which the model does not have`);
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = sorted.map(([name, tensor]) => {
    const dtype = typeOf(tensor);
    return [name, { dtype, shape: tensor.shape, bytes: countOf(tensor.shape) * BYTES[dtype] }] as const;
  });
  yield safetensorsHeader(new Map<string, TensorEntry>([...entries, ...others]));
  for (const [name, tensor] of sorted) {
    const slot = slots.get(rename(name) ?? "");
    const pair = slot ? layout.pair(flat, slot) : null;
    const type = typeOf(tensor);
    const columns = tensor.shape.at(-1) ?? 1;
    const rows = countOf(tensor.shape) / columns;
    const step = Math.max(1, Math.floor(PIECE_VALUES / columns));
    for (let first = 0; first < rows; first += step) {
      const count = Math.min(step, rows - first);
      if (pair === null && type === tensor.dtype) {
        yield await tensor.read(first, count);
        continue;
      }
      const values = await toFloat32(rowsOf(tensor, first, count));
      if (pair !== null) addLowRank(values, pair, first, layout.scaling, layout.config.r);
      const limit = type === "F16" ? HALF_LIMIT : Number.POSITIVE_INFINITY;
      if (!values.every((value) => Math.abs(value) < limit))
        throw new LabError(
          "not-finite",
          `${name} merged has a value that ${type} cannot hold; export the adapter alone`,
        );
      yield encodeFloats(values, type);
    }
  }
  for (const { bytes, read } of others.values())
    for (let at = 0; at < bytes; at += PIECE_VALUES) yield await read(at, Math.min(PIECE_VALUES, bytes - at));
}

/** Some rows of a tensor, as a tensor. */
const rowsOf = (tensor: Tensor, first: number, count: number): Tensor => ({
  dtype: tensor.dtype,
  shape: [count, tensor.shape.at(-1) ?? 1],
  read: () => tensor.read(first, count),
});

/** rows[o] += scaling · Σ_j B[first + o, j] · A[j], each sum rounded once. */
function addLowRank(rows: Float32Array, { A, B }: LoraPair, first: number, scaling: number, r: number): void {
  const columns = A.length / r;
  const sum = new Float64Array(columns);
  for (let o = 0; o < rows.length / columns; o++) {
    sum.fill(0);
    for (let j = 0; j < r; j++) {
      const b = scaling * B[(first + o) * r + j]!;
      for (let i = 0; i < columns; i++) sum[i]! += b * A[j * columns + i]!;
    }
    for (let i = 0; i < columns; i++) rows[o * columns + i]! += sum[i]!;
  }
}

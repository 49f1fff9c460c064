/** Text → unit vectors, by an ONNX model: our own, or a sentence transformer as published; the same in the page and in the runner. */
import { LabError } from "../core/errors.ts";
import { decodeText, type FileSource, parseJson, readJson, readOptional } from "../core/files.ts";
import { type Outputs, openEncoder } from "./encoder.ts";

export interface Embedder {
  readonly dimension: number;
  /** What stands before a query, and not before a passage; "" for most. */
  readonly queryPrompt: string;
  /**
   * One vector per text, (texts.length, dimension), of unit length; zero for a text of which a static embedder knows
   * no word. Texts go through the model 32 at a time in their order, padded to the longest: a quantised transformer's
   * vectors depend on their batch, and these are the batches that the recall table was made with.
   */
  embed(
    texts: readonly string[],
    onProgress?: (done: number, of: number) => void,
  ): Promise<Float32Array<ArrayBuffer>>;
  /** Tokens of a text, special ones left out. */
  countTokens(text: string): number;
}

interface EmbedderConfig {
  dim: number;
  max_tokens: number;
  add_special_tokens: boolean;
  pooling: Pooling; // of a graph that gives a vector per token
  queryPrompt: string;
}

/** mean: over a text's tokens; cls: the first token's vector. */
type Pooling = "mean" | "cls";

const BATCH = 32;
/** Longer texts are cut: what MiniLM was trained on, and what the recall table was made with. */
const MAX_TOKENS = 256;

/**
 * Opens the embedder of a folder. Ours: model.onnx (inputs input_ids and attention_mask, int64 (batch, tokens); output
 * embedding, float32 (batch, dim)), tokenizer.json and embedder.json. A sentence transformer's: onnx/model.onnx (output
 * sentence_embedding, or last_hidden_state or token_embeddings (batch, tokens, dim), which are pooled here and brought to
 * unit length), tokenizer.json, config.json, and what it has of modules.json, 1_Pooling/config.json,
 * sentence_bert_config.json and config_sentence_transformers.json (its prompt for queries).
 * @throws LabError not-found for a missing file; bad-model naming the file that is not what it should be
 */
export async function openEmbedder(files: FileSource): Promise<Embedder> {
  const config = await readConfig(files);
  const { dim: dimension, queryPrompt } = config;
  const encoder = await openEncoder(files, {
    maxTokens: config.max_tokens,
    specialTokens: config.add_special_tokens,
  });

  const embedBatch = async (texts: readonly string[]): Promise<Float32Array> => {
    const { outputs, mask } = await encoder.run(texts.map((text) => encoder.encode(text)));
    return vectorsOf(outputs, mask, dimension, config.pooling);
  };

  return {
    dimension,
    queryPrompt,
    async embed(texts, onProgress) {
      const vectors = new Float32Array(texts.length * dimension);
      for (let at = 0; at < texts.length; at += BATCH) {
        const batch = texts.slice(at, at + BATCH);
        vectors.set(await embedBatch(batch), at * dimension);
        onProgress?.(at + batch.length, texts.length);
      }
      return vectors;
    },
    countTokens: encoder.countTokens,
  };
}

/** The batch's vectors, (rows, dim), from whichever output the graph has. */
function vectorsOf(outputs: Outputs, mask: BigInt64Array, dim: number, pooling: Pooling): Float32Array {
  const { embedding, sentence_embedding, last_hidden_state, token_embeddings } = outputs;
  const pooled = embedding ?? sentence_embedding;
  const found = pooled ?? last_hidden_state ?? token_embeddings;
  const data = found?.data;
  if (
    !(data instanceof Float32Array) ||
    found?.dims.at(-1) !== dim ||
    found.dims.length !== (pooled ? 2 : 3)
  ) {
    throw new LabError(
      "bad-model",
      found
        ? `the model gives embeddings of the shape (${found.dims.join(", ")}), not (batch, ${pooled ? "" : "tokens, "}${dim})`
        : `the model gives ${Object.keys(outputs).join(", ")}; an embedder gives embedding, sentence_embedding, last_hidden_state or token_embeddings`,
    );
  }
  if (embedding) return data; // of unit length by its own graph
  return normaliseRows(pooled ? data.slice() : pool(data, mask, dim, found.dims[1]!, pooling), dim);
}

/** (rows, width, dim) → (rows, dim) over the tokens that are no padding. */
function pool(
  hidden: Float32Array,
  mask: BigInt64Array,
  dim: number,
  width: number,
  pooling: Pooling,
): Float32Array {
  const vectors = new Float32Array(hidden.length / width);
  for (let r = 0; r * dim < vectors.length; r++) {
    const tokens = pooling === "cls" ? 1 : mask.subarray(r * width, (r + 1) * width).indexOf(0n);
    const count = tokens < 0 ? width : tokens;
    for (let j = 0; j < dim; j++) {
      let sum = 0;
      for (let t = 0; t < count; t++) sum += hidden[(r * width + t) * dim + j]!;
      vectors[r * dim + j] = sum / count;
    }
  }
  return vectors;
}

/** In place; a zero row stays. */
function normaliseRows(vectors: Float32Array, dim: number): Float32Array {
  for (let at = 0; at < vectors.length; at += dim) {
    const row = vectors.subarray(at, at + dim);
    const length = Math.hypot(...row) || 1;
    row.forEach((x, j) => {
      row[j] = x / length;
    });
  }
  return vectors;
}

async function readConfig(files: FileSource): Promise<EmbedderConfig> {
  const ours = await readObject(files, "embedder.json");
  if (ours === null) return readPublished(files);
  const config = checkSizes({ ...ours }, "embedder.json");
  return { ...config, max_tokens: Math.min(config.max_tokens, MAX_TOKENS), pooling: "mean", queryPrompt: "" };
}

/** What a sentence transformer's own files say; a folder with config.json alone is pooled by the mean. */
async function readPublished(files: FileSource): Promise<EmbedderConfig> {
  const { hidden_size } = (await readJson(files, "config.json", "bad-model")) as { hidden_size?: unknown };
  const [modules, lengths, prompts] = await Promise.all(
    ["modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"].map((name) =>
      readObject(files, name),
    ),
  );
  const queryPrompt = (prompts?.prompts as Record<string, unknown> | undefined)?.query;
  const max_tokens = lengths?.max_seq_length ?? MAX_TOKENS;
  return {
    ...checkSizes({ dim: hidden_size, max_tokens, add_special_tokens: true }, "config.json"),
    pooling: await readPooling(files, poolingFolder(modules)),
    queryPrompt: typeof queryPrompt === "string" ? queryPrompt : "",
  };
}

/** Where the pooling is described. @throws LabError bad-model for a model with parts that we do not compute */
function poolingFolder(modules: unknown): string {
  const list = (modules === null ? [] : Object.values(modules as object)) as {
    type?: string;
    path?: string;
  }[];
  const kinds = list.map(({ type, path }) => ({ kind: type?.split(".").at(-1), path }));
  const other = kinds.find(({ kind }) => !["Transformer", "Pooling", "Normalize"].includes(kind ?? ""));
  if (other)
    throw new LabError(
      "bad-model",
      `modules.json has a ${other.kind} layer; only Transformer, Pooling and Normalize are known here`,
    );
  return kinds.find(({ kind }) => kind === "Pooling")?.path ?? "1_Pooling";
}

async function readPooling(files: FileSource, folder: string): Promise<Pooling> {
  const name = `${folder}/config.json`;
  const config = await readObject(files, name);
  if (config === null) return "mean";
  const flags = Object.keys(config).filter((key) => key.startsWith("pooling_mode_") && config[key] === true);
  const modes = typeof config.pooling_mode === "string" ? [config.pooling_mode] : flags.map(modeOf);
  const mode = modes.length === 1 ? modes[0] : null;
  if (mode === "mean" || mode === "cls") return mode;
  throw new LabError(
    "bad-model",
    `${name} asks for pooling by ${modes.join(" and ") || "nothing"}; known is mean or cls alone`,
  );
}

const modeOf = (flag: string): string => flag.replace(/^pooling_mode_|_tokens?$/g, "");

async function readObject(files: FileSource, name: string): Promise<Record<string, unknown> | null> {
  const bytes = await readOptional(files, name);
  if (bytes === null) return null;
  const value = parseJson(decodeText(bytes, name, "bad-model"), name, "bad-model");
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new LabError("bad-model", `${name} must be an object, has ${JSON.stringify(value)}`);
}

type Sizes = Pick<EmbedderConfig, "dim" | "max_tokens" | "add_special_tokens">;

function checkSizes({ dim, max_tokens, add_special_tokens }: Record<string, unknown>, name: string): Sizes {
  const positive = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
  if (!positive(dim) || !positive(max_tokens) || typeof add_special_tokens !== "boolean") {
    const need = name === "config.json" ? "hidden_size" : "dim, max_tokens and add_special_tokens";
    throw new LabError(
      "bad-model",
      `${name} must give ${need}, has ${JSON.stringify({ dim, max_tokens, add_special_tokens })}`,
    );
  }
  return { dim, max_tokens, add_special_tokens };
}

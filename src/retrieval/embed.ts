/**
 * Text → unit vectors, by an ONNX model on onnxruntime-web (WebAssembly, one thread) and its WordPiece tokenizer; the
 * same in the page and in the runner. In the browser build `onnxruntime-web` is its `/wasm` half (vite.config.ts).
 */
import { Tokenizer } from "@huggingface/tokenizers";
import { env, InferenceSession, Tensor } from "onnxruntime-web";
import { LabError } from "../core/errors.ts";
import { decodeText, type FileSource, parseJson, readJson, readOptional } from "../core/files.ts";

export interface Embedder {
  readonly dimension: number;
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

/** embedder.json; a folder without one is a sentence transformer as published. */
interface EmbedderConfig {
  dim: number;
  max_tokens: number;
  add_special_tokens: boolean;
}

const BATCH = 32;
/** Longer texts are cut: what sentence transformers were trained on, and what the recall table was made with. */
const MAX_TOKENS = 256;
const PAD = 0; // stands alone where a text has no tokens: its vector in the static table is zero

env.wasm.numThreads = 1; // more need headers that a plain static host does not send
env.logLevel = "error";

/**
 * Opens the embedder of a folder: model.onnx (inputs input_ids and attention_mask, int64 (batch, tokens); output
 * embedding, float32 (batch, dim)), tokenizer.json, and embedder.json or config.json.
 * @throws LabError not-found for a missing file; bad-model naming the file that is not what it should be
 */
export async function openEmbedder(files: FileSource): Promise<Embedder> {
  const [config, tokenizerJson, session] = await Promise.all([
    readConfig(files),
    readJson(files, "tokenizer.json", "bad-model"),
    files("model.onnx").then(openSession),
  ]);
  const tokenizer = openTokenizer(tokenizerJson);
  const { dim: dimension, add_special_tokens } = config;
  const maxTokens = Math.min(config.max_tokens, MAX_TOKENS);

  const encode = (text: string): number[] => {
    const { ids } = tokenizer.encode(text, { add_special_tokens });
    if (ids.length === 0) return [PAD];
    if (ids.length <= maxTokens) return ids;
    return add_special_tokens ? [...ids.slice(0, maxTokens - 1), ids.at(-1)!] : ids.slice(0, maxTokens);
  };

  const embedBatch = async (texts: readonly string[]): Promise<Float32Array> => {
    const rows = texts.map(encode);
    const width = Math.max(...rows.map((row) => row.length));
    const ids = new BigInt64Array(rows.length * width); // (batch, width), padded right with PAD
    const mask = new BigInt64Array(rows.length * width);
    rows.forEach((row, r) => {
      ids.set(row.map(BigInt), r * width);
      mask.fill(1n, r * width, r * width + row.length);
    });
    const shape = [rows.length, width];
    const { embedding } = await session.run({
      input_ids: new Tensor("int64", ids, shape),
      attention_mask: new Tensor("int64", mask, shape),
    });
    if (!(embedding?.data instanceof Float32Array) || embedding.dims[1] !== dimension) {
      throw new LabError(
        "bad-model",
        `model.onnx gives embeddings of the shape (${embedding?.dims.join(", ")}), not (batch, ${dimension})`,
      );
    }
    return embedding.data;
  };

  return {
    dimension,
    async embed(texts, onProgress) {
      const vectors = new Float32Array(texts.length * dimension);
      for (let at = 0; at < texts.length; at += BATCH) {
        const batch = texts.slice(at, at + BATCH);
        vectors.set(await embedBatch(batch), at * dimension);
        onProgress?.(at + batch.length, texts.length);
      }
      return vectors;
    },
    countTokens: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length,
  };
}

async function openSession(model: Uint8Array): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, { executionProviders: ["wasm"] });
  } catch (cause) {
    throw new LabError(
      "bad-model",
      `model.onnx (${model.length} bytes) could not be opened: ${String(cause)}`,
      {
        cause,
      },
    );
  }
}

/** Special tokens are taken out of the added ones, so that a text which looks like one is read as plain text. */
function openTokenizer(json: unknown): Tokenizer {
  try {
    return new Tokenizer({ ...(json as object), added_tokens: [] }, {});
  } catch (cause) {
    throw new LabError("bad-model", `tokenizer.json could not be read: ${String(cause)}`, { cause });
  }
}

async function readConfig(files: FileSource): Promise<EmbedderConfig> {
  const name = "embedder.json";
  const bytes = await readOptional(files, name);
  if (bytes === null) {
    const { hidden_size } = (await readJson(files, "config.json", "bad-model")) as { hidden_size?: unknown };
    return checkConfig({ dim: hidden_size, max_tokens: MAX_TOKENS, add_special_tokens: true }, "config.json");
  }
  return checkConfig(parseJson(decodeText(bytes, name, "bad-model"), name, "bad-model"), name);
}

function checkConfig(raw: unknown, name: string): EmbedderConfig {
  const { dim, max_tokens, add_special_tokens } = (raw ?? {}) as Record<keyof EmbedderConfig, unknown>;
  const positive = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
  if (!positive(dim) || !positive(max_tokens) || typeof add_special_tokens !== "boolean") {
    const need = name === "config.json" ? "hidden_size" : "dim, max_tokens and add_special_tokens";
    throw new LabError("bad-model", `${name} must give ${need}, has ${JSON.stringify(raw)}`);
  }
  return { dim, max_tokens, add_special_tokens };
}

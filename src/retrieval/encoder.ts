/**
 * A text encoder (BERT and its kin) in ONNX on onnxruntime-web (WebAssembly, one thread) with its tokenizer: what embedder
 * and entailment share. In the browser build `onnxruntime-web` is its `/wasm` half (vite.config.ts).
 */
import { Tokenizer } from "@huggingface/tokenizers";
import { env, InferenceSession, Tensor } from "onnxruntime-web";
import { LabError } from "../core/errors.ts";
import { type FileSource, readJson, readOptional } from "../core/files.ts";

/** Ids of a text or of a pair of texts, as the model wants them. */
export interface Encoded {
  ids: number[];
  types: number[]; // token_type_ids: 0 for the first text, 1 for the second
}

export interface EncoderOptions {
  maxTokens: number; // longer inputs are cut, special tokens kept
  specialTokens: boolean; // [CLS] … [SEP] round a text, as the tokenizer's template has them
}

export interface Encoder {
  /** Ids of a text or a pair; the first text's end is cut away where both are longer than the model takes. */
  encode(text: string, pair?: string): Encoded;
  /** Tokens of a text, special ones left out. */
  countTokens(text: string): number;
  /**
   * One pass over a batch, padded right to its longest row.
   * @returns the graph's outputs by name, and the mask (rows, width): 1 for tokens, 0 for padding
   */
  run(rows: readonly Encoded[]): Promise<{ outputs: Outputs; mask: BigInt64Array }>;
}

export type Outputs = Readonly<Record<string, Tensor>>;

/** Where a folder has its model: ours and downloaded ones, published repositories. */
const MODEL_FILES = ["model.onnx", "onnx/model.onnx", "onnx/model_quantized.onnx"] as const;
const PAD = 0; // stands alone where a text has no tokens: its vector in the static table is zero

env.wasm.numThreads = 1; // more need headers that a plain static host does not send
env.logLevel = "error";

/** @throws LabError not-found for a missing file; bad-model naming the file that is not what it should be */
export async function openEncoder(
  files: FileSource,
  { maxTokens, specialTokens }: EncoderOptions,
): Promise<Encoder> {
  const [tokenizerJson, session] = await Promise.all([
    readJson(files, "tokenizer.json", "bad-model"),
    openSession(files),
  ]);
  const tokenizer = openTokenizer(tokenizerJson);
  const add_special_tokens = specialTokens;

  const plainIds = plainIdsOf(tokenizerJson, tokenizer);
  const tokensOf = (text: string): number => plainIds(text).length;

  /** Takes the surplus out of the first text's end, and where that is not enough off the whole's. */
  const cut = (row: number[], first: number): number[] => {
    const surplus = row.length - maxTokens;
    if (surplus <= 0) return row;
    const begin = specialTokens ? 1 : 0; // every template here opens with one token
    const kept = row.toSpliced(begin + Math.max(0, first - surplus), Math.min(first, surplus));
    return kept.length <= maxTokens ? kept : [...kept.slice(0, maxTokens - 1), kept.at(-1)!];
  };

  return {
    encode(text, pair) {
      if (pair === undefined && !specialTokens) {
        const ids = plainIds(text);
        const kept = ids.length === 0 ? [PAD] : cut(ids, ids.length);
        return { ids: kept, types: kept.map(() => 0) };
      }
      const { ids, token_type_ids } = tokenizer.encode(text, {
        add_special_tokens,
        return_token_type_ids: true,
        ...(pair !== undefined && { text_pair: pair }),
      });
      if (ids.length === 0) return { ids: [PAD], types: [0] };
      const first = ids.length > maxTokens ? tokensOf(text) : 0;
      return { ids: cut(ids, first), types: cut(token_type_ids, first) };
    },
    countTokens: tokensOf,
    async run(rows) {
      const width = Math.max(...rows.map(({ ids }) => ids.length));
      const table = (values: (row: Encoded) => readonly number[]): BigInt64Array => {
        const cells = new BigInt64Array(rows.length * width);
        for (const [r, row] of rows.entries())
          for (const [i, value] of values(row).entries()) cells[r * width + i] = BigInt(value);
        return cells;
      };
      const mask = new BigInt64Array(rows.length * width);
      for (const [r, { ids }] of rows.entries()) mask.fill(1n, r * width, r * width + ids.length);
      const inputs: Record<InputName, () => BigInt64Array> = {
        input_ids: () => table(({ ids }) => ids),
        attention_mask: () => mask,
        token_type_ids: () => table(({ types }) => types),
      };
      const shape = [rows.length, width];
      const feeds = session.inputNames.map((name) => [
        name,
        new Tensor("int64", inputs[name as InputName](), shape), // openSession saw to the names
      ]);
      return { outputs: await session.run(Object.fromEntries(feeds)), mask };
    },
  };
}

const MOST_WORDS = 50_000; // in memory
const LONGEST_WORD = 60; // characters

/**
 * Ids of a text without special ones. A BERT tokenizer never looks across a space, so that its ids are those of the words
 * between, and words come again: each is looked up once. Other tokenizers get the text as it is.
 */
function plainIdsOf(json: unknown, tokenizer: Tokenizer): (text: string) => number[] {
  const whole = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const { pre_tokenizer, normalizer } = json as Record<string, { type?: string } | null | undefined>;
  if (pre_tokenizer?.type !== "BertPreTokenizer" || normalizer?.type !== "BertNormalizer") return whole;
  const known = new Map<string, number[]>();
  return (text) =>
    text.split(/[ \t\r\n]+/).flatMap((word) => {
      if (word === "") return [];
      const before = known.get(word);
      if (before !== undefined) return before;
      const ids = whole(word);
      if (word.length <= LONGEST_WORD) {
        if (known.size >= MOST_WORDS) known.clear();
        known.set(word, ids);
      }
      return ids;
    });
}

const INPUTS = ["input_ids", "attention_mask", "token_type_ids"] as const;
type InputName = (typeof INPUTS)[number];

async function openSession(files: FileSource): Promise<InferenceSession> {
  const { name, bytes } = await readModel(files);
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  } catch (cause) {
    throw new LabError("bad-model", `${name} (${bytes.length} bytes) could not be opened: ${String(cause)}`, {
      cause,
    });
  }
  const others = session.inputNames.filter((input) => !(INPUTS as readonly string[]).includes(input));
  if (others.length > 0)
    throw new LabError(
      "bad-model",
      `${name} wants ${others.join(", ")}; a text encoder has ${INPUTS.join(", ")}`,
    );
  return session;
}

async function readModel(files: FileSource): Promise<{ name: string; bytes: Uint8Array }> {
  for (const name of MODEL_FILES) {
    const bytes = await readOptional(files, name);
    if (bytes !== null) return { name, bytes };
  }
  throw new LabError("not-found", `there is no ${MODEL_FILES.join(", ")} in the folder`);
}

/** Special tokens are taken out of the added ones, so that a text which looks like one is read as plain text. */
function openTokenizer(json: unknown): Tokenizer {
  try {
    return new Tokenizer({ ...(json as object), added_tokens: [] }, {});
  } catch (cause) {
    throw new LabError("bad-model", `tokenizer.json could not be read: ${String(cause)}`, { cause });
  }
}

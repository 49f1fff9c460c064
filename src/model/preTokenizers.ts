/** How text is cut before byte-pair encoding, in the form of tokenizer.json: by pattern, a piece never spans a cut. */
import type { Part } from "./tokens/part.ts";

const sequence = (...pretokenizers: Part[]): Part => ({ type: "Sequence", pretokenizers });

/** Every match is a piece of its own, and so is whatever lies between two. */
const isolate = (Regex: string): Part => ({
  type: "Split",
  pattern: { Regex },
  behavior: "Isolated",
  invert: false,
});

/** Bytes as the visible characters a byte-level vocabulary is written in. */
export const BYTES: Part = {
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: false,
  use_regex: false,
};

const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Llama 3's and Qwen2's pattern, which differ in how many digits make a piece. */
const withDigits = (digits: string): string =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

/** What a GGUF file's `tokenizer.ggml.pre` stands for: the published tokenizer.json of that family says the same. */
export interface GgufPreTokenizer {
  pre_tokenizer: Part;
  normalizer: { type: string } | null;
  ignore_merges: boolean; // a piece that is a token is that token, whatever the merges would make of it
}

const plain = (pre_tokenizer: Part): GgufPreTokenizer => ({
  pre_tokenizer,
  normalizer: null,
  ignore_merges: false,
});
const smollm = plain(sequence(isolate("\\p{N}"), isolate(GPT2), BYTES));
const llama3 = { ...plain(sequence(isolate(withDigits("\\p{N}{1,3}")), BYTES)), ignore_merges: true };
const qwen2 = { ...plain(sequence(isolate(withDigits("\\p{N}")), BYTES)), normalizer: { type: "NFC" } };

/** By name; "default" is llama.cpp's own rule for files that name none (llama-vocab.cpp). */
export const GGUF_PRE_TOKENIZERS: ReadonlyMap<string, GgufPreTokenizer> = new Map([
  [
    "default",
    plain(
      sequence(
        isolate("[\\p{P}$+<=>^~|]+"),
        isolate(GPT2),
        isolate("\\p{N}+"),
        isolate("[0-9][0-9][0-9]"),
        BYTES,
      ),
    ),
  ],
  ["gpt-2", plain(sequence(isolate(GPT2), BYTES))],
  ["smollm", smollm],
  ["llama-bpe", llama3],
  ["llama3", llama3],
  ["llama-v3", llama3],
  ["qwen2", qwen2],
  ["deepseek-r1-qwen", qwen2],
]);

/**
 * The tokenizer that a GGUF file carries in its metadata (`tokenizer.*`), as the files a model folder would have. Two kinds:
 * "gpt2" is byte-level BPE with its merges written down; "llama" is SentencePiece, whose merges follow from the pieces' scores.
 */
import { LabError, show } from "../core/errors.ts";
import type { GgufMetadata } from "./gguf.ts";
import { isNoToken } from "./ggufKeys.ts";
import { BYTES, GGUF_PRE_TOKENIZERS } from "./preTokenizers.ts";
import { type ScoredMerges, scoredMerges } from "./scoredMerges.ts";
import type { TokenizerFiles } from "./tokenizer.ts";
import { listedModel } from "./tokens/listed.ts";
import { TokenTable } from "./tokens/tokenTable.ts";

/** `tokenizer.ggml.token_type`, as GGUF numbers them. */
const TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 };

/** Tokens of these keys end or begin a text, whatever type a converter gave them. */
const CONTROL_KEYS = ["bos_token_id", "eos_token_id", "eot_token_id", "eom_token_id"];

/** Kinds of byte-level BPE that begin a text with the begin token though no key says so (llama.cpp, `llama_vocab::impl::load`). */
const BEGINS = ["llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "lfm2", "tekken"];

/** U+2581, SentencePiece's visible space. */
const SPACE = "▁";

const MAX_PIECE = 1000; // every cut of a piece is looked at; the longest published ones have some 50 characters

interface Vocabulary {
  tokens: readonly string[];
  types: Float64Array;
  read: Reader;
}

/**
 * tokenizer.json and tokenizer_config.json of a GGUF file.
 * @param file its name, for messages
 * @throws LabError bad-model naming the key, for a tokenizer that is missing, malformed or of an unknown kind
 */
export function tokenizerFilesOfGguf(metadata: GgufMetadata, file = "the GGUF file"): TokenizerFiles {
  const read = reader(metadata, file);
  const tokens = read.strings("tokens");
  const types =
    read.numbers("token_type", tokens.length) ?? new Float64Array(tokens.length).fill(TYPE.normal);
  for (const id of CONTROL_KEYS.map(read.id)) if (id !== undefined) types[id] = TYPE.control;
  const vocabulary = { tokens, types, read };

  const kinds: Record<string, (v: Vocabulary) => object> = { gpt2: byteLevel, llama: sentencePiece };
  const kind = read.text("model") ?? "(none)";
  if (!Object.hasOwn(kinds, kind)) {
    throw new LabError(
      "bad-model",
      `${file}: tokenizer.ggml.model is "${kind}"; this version reads ${Object.keys(kinds).join(", ")}`,
    );
  }
  const [bos, eos, eot, eom] = CONTROL_KEYS.map(read.id);
  const named = (id: number | undefined): string | null => (id === undefined ? null : tokens[id]!);
  const begins = read.flag("add_bos_token") ?? (kind === "llama" || BEGINS.includes(read.text("pre") ?? ""));
  const ends = read.flag("add_eos_token") ?? false;
  const template = metadata.get("tokenizer.chat_template");
  return {
    file,
    tokenizer: {
      version: "1.0",
      post_processor: around(tokens, begins ? bos : undefined, ends ? eos : undefined),
      ...kinds[kind]!(vocabulary),
    },
    tokenizerConfig: {
      bos_token: named(bos),
      eos_token: named(eos),
      pad_token: tokens[Number(metadata.get("tokenizer.ggml.padding_token_id"))] ?? null,
      unk_token: tokens[types.indexOf(TYPE.unknown)] ?? null,
      add_bos_token: begins && bos !== undefined,
      add_eos_token: ends && eos !== undefined,
      ...(typeof template === "string" ? { chat_template: template } : {}),
    },
    model: {
      vocab_size: tokens.length,
      bos_token_id: bos,
      eos_token_id: [eos, eot, eom].filter((id) => id !== undefined),
    },
  };
}

/** What stands before and after a text for a reader that asks for special tokens; null where nothing does. */
function around(tokens: readonly string[], bos: number | undefined, eos: number | undefined): object | null {
  const ids = [bos, eos].filter((id) => id !== undefined);
  if (ids.length === 0) return null;
  const piece = (id: number | undefined, type_id: number): object[] =>
    id === undefined ? [] : [{ SpecialToken: { id: tokens[id], type_id } }];
  const whole = (name: string, type_id: number): object[] => [
    ...piece(bos, type_id),
    { Sequence: { id: name, type_id } },
    ...piece(eos, type_id),
  ];
  return {
    type: "TemplateProcessing",
    single: whole("A", 0),
    pair: [...whole("A", 0), ...whole("B", 1)],
    special_tokens: Object.fromEntries(
      ids.map((id) => [tokens[id], { id: tokens[id], ids: [id], tokens: [tokens[id]] }]),
    ),
  };
}

/** Tokens found in text as they are written, before anything else: those of the model's markup, and user-defined ones. */
function addedTokens(tokens: readonly string[], types: Float64Array): object[] {
  const added = [];
  for (let id = 0; id < tokens.length; id++) {
    const content = tokens[id];
    const special = types[id] === TYPE.control || types[id] === TYPE.unknown;
    if ((special || types[id] === TYPE.userDefined) && content !== "")
      added.push({
        id,
        content,
        special,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      });
  }
  return added;
}

/** @throws LabError bad-model for a pre-tokenizer this version does not know */
function byteLevel({ tokens, types, read }: Vocabulary): object {
  const name = read.text("pre") ?? "default";
  const known = GGUF_PRE_TOKENIZERS.get(name);
  if (known === undefined) {
    throw new LabError(
      "bad-model",
      `${read.file}: tokenizer.ggml.pre is "${name}"; this version knows ${[...GGUF_PRE_TOKENIZERS.keys()].join(", ")}`,
    );
  }
  const { ignore_merges, ...steps } = known;
  return {
    added_tokens: addedTokens(tokens, types),
    ...steps,
    model: listedModel(
      { type: "BPE", merges: read.strings("merges"), ignore_merges },
      { table: new TokenTable(tokens), merges: null },
      { vocab: () => idsOf(tokens) },
    ),
    decoder: BYTES, // Hugging Face's own reader wants every field
  };
}

function sentencePiece({ tokens, types, read }: Vocabulary): object {
  const scores = read.numbers("scores", tokens.length);
  if (scores === undefined) {
    throw new LabError(
      "bad-model",
      `${read.file}: tokenizer.ggml.scores is missing: there is no merge order`,
    );
  }
  const long = tokens.find((token) => token.length > MAX_PIECE);
  if (long !== undefined)
    throw new LabError(
      "bad-model",
      `${read.file}: ${show(long)} has ${long.length} characters; a token has ${MAX_PIECE} at most`,
    );
  // llama.cpp's converter writes the spaces of user-defined tokens as such, the published files do not
  const pieces = tokens.map((token, id) =>
    types[id] === TYPE.userDefined ? token.replaceAll(" ", SPACE) : token,
  );
  const table = new TokenTable(pieces);
  const merges = mergesOf(table, types, scores);
  const visible = { type: "Replace", pattern: { String: " " }, content: SPACE };
  const spaces = { type: "Replace", pattern: { String: SPACE }, content: " " };
  const decoders = [spaces, { type: "ByteFallback" }, { type: "Fuse" }];
  const prefix = read.flag("add_space_prefix") ?? true; // SentencePiece's own default; Gemma says false
  return {
    added_tokens: addedTokens(pieces, types),
    normalizer: prefix
      ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: SPACE }, visible] }
      : visible,
    pre_tokenizer: null,
    model: listedModel(
      { type: "BPE", byte_fallback: true, unk_token: tokens[types.indexOf(TYPE.unknown)] ?? null },
      { table, merges },
      {
        vocab: () => idsOf(pieces),
        merges: () => merges.list().map(([left, right]) => [pieces[left]!, pieces[right]!]),
      },
    ),
    decoder: {
      type: "Sequence",
      decoders: prefix ? [...decoders, { type: "Strip", content: " ", start: 1, stop: 0 }] : decoders,
    },
  };
}

/** Own properties throughout: a piece may be called "__proto__". */
const idsOf = (tokens: readonly string[]): object =>
  Object.fromEntries(tokens.map((token, id) => [token, id]));

/** Normal pieces by their score, user-defined ones before all. */
function mergesOf(table: TokenTable, types: Float64Array, scores: Float64Array): ScoredMerges {
  const joinable = new Uint8Array(types.length);
  for (let id = 0; id < types.length; id++) {
    const isFirst = types[id] === TYPE.userDefined;
    if (isFirst || types[id] === TYPE.normal) joinable[id] = 1;
    if (isFirst) scores[id] = Number.POSITIVE_INFINITY;
  }
  return scoredMerges(table, joinable, scores);
}

type Reader = ReturnType<typeof reader>;

/** Checked access to `tokenizer.ggml.*`. */
function reader(metadata: GgufMetadata, file: string) {
  const get = (key: string): unknown => metadata.get(`tokenizer.ggml.${key}`);
  const wrong = (key: string, want: string): LabError =>
    new LabError("bad-model", `${file}: tokenizer.ggml.${key} is not ${want}`);
  const list = (key: string): readonly unknown[] => {
    const value = get(key);
    if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView)))
      throw wrong(key, "a list");
    return value as readonly unknown[]; // or an array of numbers, which has the same methods
  };
  const size = list("tokens").length;
  return {
    file,
    text(key: string): string | undefined {
      const value = get(key);
      if (value !== undefined && typeof value !== "string") throw wrong(key, "text");
      return value;
    },
    flag(key: string): boolean | undefined {
      const value = get(key);
      if (value !== undefined && typeof value !== "boolean") throw wrong(key, "true or false");
      return value;
    },
    strings(key: string): readonly string[] {
      const values = list(key);
      if (!values.every((v) => typeof v === "string")) throw wrong(key, "a list of texts");
      return values;
    },
    /** One number per token, a copy, or undefined where the key is not there. */
    numbers(key: string, length: number): Float64Array | undefined {
      if (get(key) === undefined) return undefined;
      const given = list(key);
      const isTyped = ArrayBuffer.isView(given) && typeof given[0] === "number";
      const values = isTyped
        ? new Float64Array(given as ArrayLike<unknown> as ArrayLike<number>)
        : Float64Array.from(given, Number);
      if (values.length !== length || values.some(Number.isNaN))
        throw wrong(key, `a list of ${length} numbers, one for each token (it has ${values.length} entries)`);
      return values;
    },
    /** A token's id, or undefined where the key is not there or says that there is none. */
    id(key: string): number | undefined {
      const value = get(key);
      if (value === undefined || isNoToken(value)) return undefined;
      const id = typeof value === "bigint" ? Number(value) : value;
      if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= size)
        throw wrong(key, `the number of one of the ${size} tokens (it is ${String(value)})`);
      return id;
    },
  };
}

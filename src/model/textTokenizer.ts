/** A tokenizer's files put together: its tokens, whose rows the model must have, and which of them are markup. */
import { LabError } from "../core/errors.ts";
import { type NamedTokens, TOKEN_NAMES } from "./chatTemplate.ts";
import type { AddedToken } from "./tokens/addedTokens.ts";
import { listedOf } from "./tokens/listed.ts";
import type { Part } from "./tokens/part.ts";
import { type EncodeOptions, openPipeline, type Pipeline, type TokenizerJson } from "./tokens/pipeline.ts";

/** Text to ids and back. */
export interface TextTokenizer {
  /** Ids of plain text: no special tokens added, none recognised. */
  encode(text: string): number[];
  /** Ids of text as a chat template renders it: none added, but special tokens written in it are what they say. */
  encodeMarkup(text: string): number[];
  /** The text of ids, special tokens included; ids beyond the tokenizer are passed over. */
  decode(ids: readonly number[]): string;
  /**
   * One token as text, for display, as it is in the middle of others: its spaces are kept, so that the texts of tokens,
   * joined, are the text. A token that holds part of a character shows as U+FFFD.
   */
  tokenText(id: number): string;
  /** The texts of tokens as they follow each other: joined, they are what `decode` gives. The first token of a character has it whole. */
  tokenTexts(ids: readonly number[]): string[];
  readonly stopIds: readonly number[]; // whatever ends the model's speech; a chat's end of turn first
}

/** What a tokenizer is made of: the parsed JSON files and the numbers of config.json that must agree with them. */
export interface TokenizerFiles {
  tokenizer: unknown; // tokenizer.json
  tokenizerConfig: unknown; // tokenizer_config.json, with the chat template
  model: { vocab_size: number; bos_token_id?: unknown; eos_token_id?: unknown }; // config.json, generation_config.json
  file?: string; // the one file that all of it came from
}

/** What messages call the places: the files of a folder, or the one that holds everything. */
export interface FileNames {
  tokenizer: string;
  config: string;
  model: string;
}

export interface Opened {
  tokenizer: TextTokenizer;
  names: FileNames;
  special: ReadonlyMap<string, AddedToken>;
  named: NamedTokens;
  begin: number | undefined; // config.json's
  chat_template: unknown;
  tokenOf(id: number): string | undefined;
  /** `encodeMarkup`, with `restore` applied to what is between special tokens; `inside`: the text goes on from another. */
  encodeRendered(text: string, restore?: (section: string) => string, inside?: boolean): number[];
}

type NamedToken = string | { content: string } | null;

interface TokenizerConfig extends Partial<Record<(typeof TOKEN_NAMES)[number], NamedToken>> {
  chat_template?: unknown;
  added_tokens_decoder?: Record<string, Partial<AddedToken>>;
  additional_special_tokens?: NamedToken[];
  extra_special_tokens?: NamedToken[];
}

// A tokenizer with fewer tokens than this share of the model's rows, and a few thousand, is another model's: padding and
// reserved rows are less than that everywhere.
const LEAST_SHARE = 0.5;
const ROWS_TO_SPARE = 4096;
// Tokens without a row are refused where they are used; so many of them are another model's tokenizer.
const MOST_WITHOUT_ROW = 0.1;

/** @throws LabError bad-model when a file is not what it should be, or belongs to another model */
export function openFiles(files: TokenizerFiles): Opened {
  const names = namesOf(files);
  const config = (files.tokenizerConfig ?? {}) as TokenizerConfig;
  const json = readTokenizerJson(files.tokenizer, names.tokenizer);
  const rows = files.model.vocab_size;
  const ends = numbers(files.model.eos_token_id);
  let added: AddedToken[];
  let pipeline: Pipeline;
  try {
    added = addedTokens(json, config);
    pipeline = openPipeline({ ...json, added_tokens: added });
  } catch (cause) {
    throw new LabError("bad-model", `${names.tokenizer}: the tokenizer could not be read: ${String(cause)}`, {
      cause,
    });
  }
  const special = new Map(added.filter((token) => token.special).map((token) => [token.content, token]));
  const named = Object.fromEntries(
    TOKEN_NAMES.flatMap((name) => {
      const content = contentOf(config[name]);
      return content === null ? [] : [[name, content]];
    }),
  ) as NamedTokens;
  checkSameModel(rows, ends, pipeline.tokens, added, named, names);

  const encode = (text: string, options: EncodeOptions): number[] => {
    const ids = pipeline.encode(text, options);
    const beyond = ids.find((id) => id >= rows);
    if (beyond !== undefined)
      throw new LabError(
        "bad-model",
        `${names.tokenizer} has "${pipeline.tokenOf(beyond)}" as token ${beyond}, but ${names.model} has a vocabulary of ${rows}: the model has no row for it; leave it out of the text`,
      );
    return ids;
  };
  const own = special.get(named.eos_token ?? "")?.id;
  return {
    names,
    special,
    named,
    begin: numbers(files.model.bos_token_id)[0],
    chat_template: config.chat_template,
    tokenOf: pipeline.tokenOf,
    encodeRendered: (text, restore, inside = false) =>
      encode(text, { markup: true, inside, ...(restore ? { restore } : {}) }),
    tokenizer: {
      encode: (text) => encode(text, {}),
      encodeMarkup: (text) => encode(text, { markup: true }),
      decode: pipeline.decode,
      tokenText: pipeline.tokenText,
      tokenTexts: (ids) => tokenTexts(pipeline, ids),
      stopIds: [...new Set([...ends, ...(own === undefined ? [] : [own])])],
    },
  };
}

const LONGEST_CHARACTER = 4; // bytes

function tokenTexts({ decode, tokenText }: Pipeline, ids: readonly number[]): string[] {
  const texts: string[] = [];
  for (let i = 0; i < ids.length; ) {
    let text = tokenText(ids[i]!);
    let count = 1;
    // a token that ends within a character is read together with those that complete it
    for (let n = 2; text.includes("\uFFFD") && n <= LONGEST_CHARACTER && i + n <= ids.length; n++) {
      const together = tokenRun(decode, tokenText, ids.slice(i, i + n));
      if (together.includes("\uFFFD")) continue;
      [text, count] = [together, n];
    }
    texts.push(text, ...new Array<string>(count - 1).fill(""));
    i += count;
  }
  // some tokenizers write a space before a text, which is not part of it
  const whole = decode(ids);
  if (texts.join("") !== whole && texts[0]?.startsWith(" ")) texts[0] = texts[0].slice(1);
  return texts;
}

/** Tokens in the middle of a text, decoded together. */
function tokenRun(
  decode: Pipeline["decode"],
  tokenText: Pipeline["tokenText"],
  ids: readonly number[],
): string {
  const space = tokenText(ids[0]!).startsWith(" ") ? " " : "";
  const text = decode(ids);
  return text.startsWith(space) ? text : space + text;
}

const namesOf = ({ file }: TokenizerFiles): FileNames => ({
  tokenizer: file ?? "tokenizer.json",
  config: file ?? "tokenizer_config.json",
  model: file ?? "config.json",
});

function readTokenizerJson(raw: unknown, name: string): TokenizerJson {
  const json = raw as Partial<TokenizerJson> | null;
  const model = json?.model;
  const vocab = model && (listedOf(model)?.table ?? model.vocab);
  if (json === null || typeof vocab !== "object" || vocab === null) {
    throw new LabError("bad-model", `${name} has no model.vocab: it is not a Hugging Face tokenizer file`);
  }
  return json as TokenizerJson;
}

/** How special tokens look: <s>, <|im_end|>, [PAD]. */
const MARKUP = /^(<.+>|\[.+\])$/u;
const PLAIN = { single_word: false, lstrip: false, rstrip: false };

/**
 * The added tokens of tokenizer.json; then those that only tokenizer_config.json knows, as Transformers adds them: its
 * added_tokens_decoder, and whatever it names as bos_token, pad_token and so on.
 */
function addedTokens({ added_tokens = [], model }: TokenizerJson, config: TokenizerConfig): AddedToken[] {
  const added = new Map(added_tokens.map((token) => [token.content, token]));
  for (const [id, token] of Object.entries(config.added_tokens_decoder ?? {})) {
    const { content, special = false } = token;
    if (typeof content !== "string" || !Number.isInteger(Number(id))) continue;
    const before = added.get(content);
    const flags = { ...PLAIN, normalized: !special, ...before, ...token };
    added.set(content, { ...flags, id: before?.id ?? Number(id), content, special });
  }
  const others = [config.additional_special_tokens, config.extra_special_tokens].flatMap((list) =>
    Array.isArray(list) ? list : [],
  );
  for (const given of [...TOKEN_NAMES.map((name) => config[name]), ...others]) {
    const content = contentOf(given);
    if (content === null) continue;
    const before = added.get(content);
    const id = before?.id ?? vocabularyId(model, content);
    if (id === undefined) continue;
    // an ordinary sign that serves as padding, say, is found by itself, but stays text
    const special = MARKUP.test(content);
    added.set(content, {
      ...PLAIN,
      normalized: false,
      ...before,
      id,
      content,
      special: special || before?.special === true,
    });
  }
  return [...added.values()];
}

function vocabularyId(model: Part, token: string): number | undefined {
  const listed = listedOf(model);
  if (listed !== null) return listed.table.idOf(token);
  const { vocab } = model;
  if (Array.isArray(vocab)) {
    const id = (vocab as [string, number][]).findIndex(([piece]) => piece === token);
    return id < 0 ? undefined : id;
  }
  return Object.hasOwn(vocab as object, token) ? (vocab as Record<string, number>)[token] : undefined;
}

function checkSameModel(
  rows: number,
  ends: readonly number[],
  byId: Pipeline["tokens"],
  added: readonly AddedToken[],
  named: NamedTokens,
  names: FileNames,
): void {
  const special = new Set(added.filter((token) => token.special).map((token) => token.content));
  let tokens = 0;
  let beyond = 0;
  for (let id = 0; id < byId.length; id++) {
    const token = byId[id];
    if (token === undefined || (id >= rows && special.has(token))) continue;
    tokens = id + 1;
    if (id >= rows) beyond++;
  }
  if (beyond > rows * MOST_WITHOUT_ROW || tokens + ROWS_TO_SPARE < rows * LEAST_SHARE) {
    throw new LabError(
      "bad-model",
      `${names.tokenizer} has ${tokens} tokens, ${names.model} a vocabulary of ${rows}: this tokenizer belongs to another model`,
    );
  }
  // Base and chat models of one family end at different tokens; but both are markup of the same tokenizer.
  const own = named.eos_token;
  const id = added.find(({ content }) => content === own)?.id;
  const known = ends.some((end) => end === id || added.some((token) => token.special && token.id === end));
  if (own !== undefined && ends.length > 0 && !known) {
    throw new LabError(
      "bad-model",
      `${names.tokenizer} gives "${own}" the id ${id ?? "(none)"}, ${names.model} ends at ${ends.join(", ")}: this tokenizer belongs to another model`,
    );
  }
}

const contentOf = (token: NamedToken | undefined): string | null =>
  typeof token === "string" ? token : (token?.content ?? null);

const numbers = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [value]).filter((v): v is number => typeof v === "number");

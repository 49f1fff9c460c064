/**
 * Text to ids and back, exactly as the model was trained: tokenizer.json through @huggingface/tokenizers, the chat
 * template of tokenizer_config.json through @huggingface/jinja. Special tokens come from the template only: what looks
 * like one in a user's text is encoded as the plain text it is (method.md §2).
 */
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { LabError } from "../core/errors.ts";
import { exactPreTokenizer, type PreTokenizer } from "./preTokenizers.ts";

/** Text to ids and back. */
export interface TextTokenizer {
  /** Ids of plain text: no special tokens added, none recognised. */
  encode(text: string): number[];
  /** Ids of text as a chat template renders it: none added, but special tokens written in it are what they say. */
  encodeMarkup(text: string): number[];
  /** The text of ids, special tokens included; ids beyond the tokenizer are passed over. */
  decode(ids: readonly number[]): string;
  /** One token as text, for display; a token that holds part of a character shows as U+FFFD. */
  tokenText(id: number): string;
  readonly stopIds: readonly number[]; // whatever ends the model's speech; a chat's end of turn first
}

/** A tokenizer that knows how its model is spoken to. */
export interface ChatTokenizer extends TextTokenizer {
  /**
   * Ids of one user turn in the model's chat template, up to where the assistant begins to answer. What a thinking model's
   * template writes to have no thinking block is part of it, so completions train what is generated later.
   */
  promptIds(user: string, options?: PromptOptions): number[];
  readonly canThink: boolean; // whether `thinking` makes a difference
  readonly endOfTurn: number; // the token after an assistant's words, part of every completion
  readonly begin: number; // the context of a passage scored by itself
}

export interface PromptOptions {
  thinking?: boolean; // whether the model may think aloud before it answers; by default it may not
}

/** What a tokenizer is made of: the parsed JSON files and the numbers of config.json that must agree with them. */
export interface TokenizerFiles {
  tokenizer: unknown; // tokenizer.json
  tokenizerConfig: unknown; // tokenizer_config.json, with the chat template
  model: { vocab_size: number; bos_token_id?: unknown; eos_token_id?: unknown }; // config.json, generation_config.json
  file?: string; // the one file that all of it came from
}

interface AddedToken {
  id: number;
  content: string;
  special: boolean;
  lstrip: boolean;
  rstrip: boolean;
}

interface TokenizerConfig {
  chat_template?: string | { name: string; template: string }[];
  bos_token?: string | { content: string } | null;
  eos_token?: string | { content: string } | null;
}

interface Message {
  role: string;
  content: string;
}

// Stand-ins for special tokens in a user's text while the template is rendered: noncharacters, never in real text.
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";

// A padded vocabulary has a few hundred rows without a token (Qwen2: 271 of 151,936); more means another model's file.
const MIN_VOCABULARY_SHARE = 0.9;

interface Opened extends TextTokenizer {
  config: TokenizerConfig;
  names: FileNames;
  special: Map<string, AddedToken>;
  /** `encodeMarkup`, with `restore` applied to what is between special tokens. */
  encodeRendered(text: string, restore: (section: string) => string): number[];
}

/**
 * The tokenizer alone: a base model's folder need not have a chat template.
 * @throws LabError bad-model when a file is not what it should be, or belongs to another model
 */
export const openTextTokenizer = (files: TokenizerFiles): TextTokenizer => open(files);

/** @throws LabError bad-model as `openTextTokenizer`, and where there is no usable chat template */
export function openTokenizer(files: TokenizerFiles): ChatTokenizer {
  const { config, names, special, encodeRendered, ...tokenizer } = open(files);
  const template = readTemplate(config, names.config);
  const specialOrStandIn = alternatives([...special.keys(), OPEN]);

  const render = (messages: Message[], add_generation_prompt: boolean, thinking = false): string => {
    try {
      return template.render({
        messages,
        add_generation_prompt,
        bos_token: tokenContent(config.bos_token) ?? "",
        eos_token: tokenContent(config.eos_token) ?? "",
        enable_thinking: thinking, // Qwen3's name for it
        date_string: "26 Jul 2024", // Llama 3 prints today's date unless told one; a run must repeat
      });
    } catch (cause) {
      throw new LabError("bad-model", `${names.config}: the chat template failed: ${String(cause)}`, {
        cause,
      });
    }
  };
  const asked = (user: string, thinking: boolean): string =>
    render([{ role: "user", content: user }], true, thinking);

  const promptIds = (user: string, { thinking = false }: PromptOptions = {}): number[] => {
    const hidden: string[] = [];
    const safe = user.replace(specialOrStandIn, (found) => `${OPEN}${hidden.push(found) - 1}${CLOSE}`);
    const restore = (section: string): string =>
      section.replace(/\uFDD0(\d+)\uFDD1/g, (_, index: string) => hidden[Number(index)]!);
    return encodeRendered(asked(safe, thinking), restore);
  };

  const afterAnswer = (): number => {
    const said = `${OPEN}0${CLOSE}`;
    const text = render(
      [
        { role: "user", content: "?" },
        { role: "assistant", content: said },
      ],
      false,
    );
    const after =
      text.slice(text.indexOf(said) + said.length).match(alternatives([...special.keys()]))?.[0] ??
      tokenContent(config.eos_token);
    const token = special.get(after ?? "");
    if (token === undefined) {
      throw new LabError(
        "bad-model",
        `${names.config}: the chat template ends an answer without a special token`,
      );
    }
    return token.id;
  };
  const endOfTurn = afterAnswer();

  const bos = special.get(tokenContent(config.bos_token) ?? "")?.id ?? numbers(files.model.bos_token_id)[0];
  return {
    ...tokenizer,
    promptIds,
    canThink: asked("?", true) !== asked("?", false),
    endOfTurn,
    stopIds: [...new Set([endOfTurn, ...tokenizer.stopIds])],
    begin: bos ?? promptIds("?")[0]!, // a chat turn is never empty
  };
}

function open(files: TokenizerFiles): Opened {
  const names = namesOf(files);
  const { added, base, vocabularySize } = readTokenizerJson(files.tokenizer, names.tokenizer);
  const config = (files.tokenizerConfig ?? {}) as TokenizerConfig;
  const special = new Map(added.filter((token) => token.special).map((token) => [token.content, token]));
  const contentOf = new Map([...special.values()].map((token) => [token.id, token.content]));
  checkSameModel(files.model, config, vocabularySize, special, names);
  const specialOnly = alternatives([...special.keys()]);

  const encode = (text: string): number[] =>
    text === "" ? [] : base.encode(text, { add_special_tokens: false }).ids;

  const decode = (ids: readonly number[]): string => {
    let text = "";
    let run: number[] = [];
    const flush = (): void => {
      if (run.length > 0) text += base.decode(run, { clean_up_tokenization_spaces: false });
      run = [];
    };
    for (const id of ids) {
      const content = contentOf.get(id);
      if (content === undefined) {
        if (base.id_to_token(id) !== undefined) run.push(id);
      } else {
        flush();
        text += content;
      }
    }
    flush();
    return text;
  };

  const encodeRendered = (text: string, restore: (section: string) => string): number[] => {
    const ids: number[] = [];
    let trimStart = false;
    const plain = (section: string, next: AddedToken | undefined): void => {
      let s = trimStart ? section.trimStart() : section;
      if (next?.lstrip) s = s.trimEnd();
      ids.push(...encode(restore(s)));
    };
    let at = 0;
    for (const match of text.matchAll(specialOnly)) {
      const token = special.get(match[0])!; // the expression is made of the map's keys
      plain(text.slice(at, match.index), token);
      ids.push(token.id);
      trimStart = token.rstrip;
      at = match.index + match[0].length;
    }
    plain(text.slice(at), undefined);
    return ids;
  };

  return {
    config,
    names,
    special,
    encode,
    encodeMarkup: (text) => encodeRendered(text, (section) => section),
    encodeRendered,
    decode,
    tokenText: (id) => decode([id]),
    stopIds: [...new Set(numbers(files.model.eos_token_id))],
  };
}

/** What messages call the places: the files of a folder, or the one that holds everything. */
interface FileNames {
  tokenizer: string;
  config: string;
  model: string;
}

const namesOf = ({ file }: TokenizerFiles): FileNames => ({
  tokenizer: file ?? "tokenizer.json",
  config: file ?? "tokenizer_config.json",
  model: file ?? "config.json",
});

interface TokenizerJson {
  added_tokens?: AddedToken[];
  pre_tokenizer?: PreTokenizer | null;
  model?: { type?: string; vocab?: unknown };
}

function readTokenizerJson(
  raw: unknown,
  name: string,
): { added: AddedToken[]; base: Tokenizer; vocabularySize: number } {
  const json = raw as TokenizerJson | null;
  const vocab = json?.model?.vocab;
  if (json === null || typeof vocab !== "object" || vocab === null) {
    throw new LabError("bad-model", `${name} has no model.vocab: it is not a Hugging Face tokenizer file`);
  }
  const added = json.added_tokens ?? [];
  try {
    // Without the special tokens it cannot mistake a user's text for one; the template's are put in by hand.
    const plain = added.filter((token) => !token.special);
    const pre_tokenizer = exactPreTokenizer(json.pre_tokenizer);
    const base = new Tokenizer({ ...json, pre_tokenizer, added_tokens: plain }, {});
    return { added, base, vocabularySize: countTokens(vocab, added) };
  } catch (cause) {
    throw new LabError("bad-model", `${name}: the tokenizer could not be read: ${String(cause)}`, { cause });
  }
}

/** One past the largest id of plain text; a special token may lie beyond the model's rows (Gemma 3's image token does). */
function countTokens(vocab: object, added: AddedToken[]): number {
  if (Array.isArray(vocab)) return vocab.length; // Unigram: a list of [piece, score]
  const special = new Set(added.filter((token) => token.special).map((token) => token.content));
  let size = 0;
  for (const [piece, id] of Object.entries(vocab))
    if (!special.has(piece)) size = Math.max(size, Number(id) + 1);
  return size;
}

function checkSameModel(
  model: TokenizerFiles["model"],
  config: TokenizerConfig,
  vocabularySize: number,
  special: Map<string, AddedToken>,
  names: FileNames,
): void {
  const rows = model.vocab_size;
  if (vocabularySize > rows || vocabularySize < rows * MIN_VOCABULARY_SHARE) {
    throw new LabError(
      "bad-model",
      `${names.tokenizer} has ${vocabularySize} tokens, ${names.model} a vocabulary of ${rows}: this tokenizer belongs to another model`,
    );
  }
  const eos = numbers(model.eos_token_id);
  const name = tokenContent(config.eos_token);
  const id = special.get(name ?? "")?.id;
  if (name !== null && eos.length > 0 && (id === undefined || !eos.includes(id))) {
    throw new LabError(
      "bad-model",
      `${names.tokenizer} gives "${name}" the id ${id ?? "(none)"}, ${names.model} ends at ${eos.join(", ")}: this tokenizer belongs to another model`,
    );
  }
}

function readTemplate(config: TokenizerConfig, name: string): Template {
  const given = config.chat_template;
  const text = Array.isArray(given) ? given.find((t) => t.name === "default")?.template : given;
  if (typeof text !== "string") {
    throw new LabError("bad-model", `${name} has no chat_template: use an instruction-tuned model`);
  }
  try {
    return new Template(text);
  } catch (cause) {
    throw new LabError("bad-model", `${name}: the chat template does not parse: ${String(cause)}`, { cause });
  }
}

const tokenContent = (token: string | { content: string } | null | undefined): string | null =>
  typeof token === "string" ? token : (token?.content ?? null);

const numbers = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [value]).filter((v): v is number => typeof v === "number");

/** An expression that finds any of `texts`, the longest first. */
function alternatives(texts: string[]): RegExp {
  const sorted = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(sorted.map((t) => t.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|") || "(?!)", "g");
}

/**
 * Text to ids and back, exactly as the model was trained: tokenizer.json as Hugging Face's tokenizers runs it, the chat
 * template as Transformers renders it. Special tokens come from the template only: what looks like one in a user's text is
 * encoded as the plain text it is (method.md §2).
 */
import { LabError } from "../core/errors.ts";
import { type Message, openChatTemplate } from "./chatTemplate.ts";
import {
  type FileNames,
  type Opened,
  openFiles,
  type TextTokenizer,
  type TokenizerFiles,
} from "./textTokenizer.ts";

export type { TextTokenizer, TokenizerFiles } from "./textTokenizer.ts";

/** A tokenizer that knows how its model is spoken to. */
export interface ChatTokenizer extends TextTokenizer {
  /**
   * Ids of one user turn in the model's chat template, up to where the assistant begins to answer. What a thinking model's
   * template writes to have no thinking block is part of it, so completions train what is generated later.
   */
  promptIds(user: string, options?: PromptOptions): number[];
  /**
   * Ids of an assistant's words after a prompt, the end of its turn included: what the template's answered turn has after
   * `promptIds`, so that both together are the beginning of the whole conversation's ids.
   */
  completionIds(text: string): number[];
  /** Ids of what an assistant has begun to say, nothing of the turn's end (Llama 2's has a space before its token). */
  begunIds(text: string): number[];
  readonly canThink: boolean; // whether `thinking` makes a difference
  readonly endOfTurn: number; // the token after an assistant's words, part of every completion
  readonly begin: number; // the context of a passage scored by itself
}

export interface PromptOptions {
  thinking?: boolean; // whether the model may think aloud before it answers; by default it may not
}

// Stand-ins for special tokens in a person's text while the template is rendered: noncharacters, never in real text.
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";
const STAND_IN = /\uFDD0(\d+)\uFDD1/g;

/**
 * The tokenizer alone: a base model's folder need not have a chat template.
 * @throws LabError bad-model when a file is not what it should be, or belongs to another model
 */
export const openTextTokenizer = (files: TokenizerFiles): TextTokenizer => openFiles(files).tokenizer;

/** @throws LabError bad-model as `openTextTokenizer`, and where there is no usable chat template */
export function openTokenizer(files: TokenizerFiles): ChatTokenizer {
  const opened = openFiles(files);
  const { tokenizer, names, special, encodeRendered } = opened;
  const template = openChatTemplate(opened.chat_template, opened.named, names.config);
  const specialOnly = alternatives([...special.keys()]);
  const specialOrStandIn = alternatives([...special.keys(), OPEN]);

  /** A conversation's text, with what is not to be taken for markup hidden behind stand-ins. */
  const hiding = () => {
    const hidden: string[] = [];
    return {
      hide: (text: string): string =>
        text.replace(specialOrStandIn, (found) => `${OPEN}${hidden.push(found) - 1}${CLOSE}`),
      restore: (section: string): string =>
        section.replace(STAND_IN, (_, index: string) => hidden[Number(index)]!),
    };
  };
  const asked = (user: string, thinking: boolean): string =>
    template([{ role: "user", content: user }], { add_generation_prompt: true, thinking });
  const answered = (content: string): string => {
    const messages: Message[] = [
      { role: "user", content: "?" },
      { role: "assistant", content },
    ];
    return template(messages, { add_generation_prompt: false, thinking: false });
  };

  const promptIds = (user: string, { thinking = false }: PromptOptions = {}): number[] => {
    const { hide, restore } = hiding();
    return encodeRendered(asked(hide(user), thinking), restore);
  };

  const end = endOfAnswer(answered, specialOnly, opened);
  const bare = asked("?", false);
  const prompt = encodeRendered(bare);

  const spoken = (text: string, isEnded: boolean): number[] => {
    const { hide, restore } = hiding();
    const whole = answered(hide(text));
    const turn = whole.slice(0, whole.length - end.left - (isEnded ? 0 : end.length));
    const last = isEnded && !end.written ? [end.id] : [];
    const ids = [...encodeRendered(turn, restore), ...last];
    if (prompt.every((id, i) => ids[i] === id)) return ids.slice(prompt.length);
    // Where the template's answered turn begins otherwise, or a token would span the seam, the words go on from the prompt.
    const words = turn.startsWith(bare) ? turn.slice(bare.length) : hide(text) + (isEnded ? end.token : "");
    const inside = ![...special.keys()].some((token) => bare.endsWith(token));
    return [...encodeRendered(words, restore, inside), ...last];
  };

  const stopIds = [...new Set([end.id, ...tokenizer.stopIds])];
  const begin = special.get(opened.named.bos_token ?? "")?.id ?? opened.begin;
  return {
    ...tokenizer,
    promptIds,
    completionIds: (text) => spoken(text, true),
    begunIds: (text) => spoken(text, false),
    canThink: asked("?", true) !== bare,
    endOfTurn: end.id,
    stopIds,
    begin: begin ?? prompt[0]!, // a chat turn is never empty
  };
}

interface EndOfAnswer {
  id: number;
  token: string;
  written: boolean; // whether the template writes it
  length: number; // characters the template writes from the words to the end of that token
  left: number; // characters of an answered conversation after the end of the turn
}

/** How the template ends an assistant's turn: the first special token after the words, else the tokenizer's own end. */
function endOfAnswer(
  answered: (content: string) => string,
  specialOnly: RegExp,
  { names, special, named, tokenOf, tokenizer }: Opened,
): EndOfAnswer {
  const said = `${OPEN}0${CLOSE}`;
  const text = answered(said);
  const after = text.slice(text.indexOf(said) + said.length);
  const found = after.match(specialOnly)?.[0];
  if (found !== undefined && text.includes(said)) {
    const length = after.indexOf(found) + found.length;
    return { id: special.get(found)!.id, token: found, written: true, length, left: after.length - length };
  }
  const own = special.get(named.eos_token ?? "")?.id ?? tokenizer.stopIds[0];
  if (own === undefined) throw noEnd(names);
  return { id: own, token: tokenOf(own) ?? "", written: false, length: 0, left: after.length };
}

const noEnd = (names: FileNames): LabError =>
  new LabError("bad-model", `${names.config}: the chat template ends an answer without a special token`);

/** An expression that finds any of `texts`, the longest first. */
function alternatives(texts: string[]): RegExp {
  const sorted = [...texts].sort((a, b) => b.length - a.length);
  return new RegExp(sorted.map((t) => t.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|") || "(?!)", "g");
}

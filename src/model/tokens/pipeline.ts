/**
 * A tokenizer.json at work, as Hugging Face's tokenizers (Rust) runs it: added tokens are found, what lies between is
 * normalised, cut and encoded; decoders make text of ids. Their JavaScript library reads the same files, but passes over
 * Unigram's byte fallback, what `prepend_scheme` "first" means beside special tokens, most behaviours of Split and the
 * flags of added tokens; only its translation of regular expressions is used here (unicode.ts).
 */
import { type AddedToken, openFinder } from "./addedTokens.ts";
import { openDecoder } from "./decoders.ts";
import { openNormalizer } from "./normalizers.ts";
import type { Part } from "./part.ts";
import { openPreTokenizer, type Place } from "./preTokenizers.ts";
import { openTokenModel } from "./tokenModel.ts";

export interface TokenizerJson {
  added_tokens?: AddedToken[];
  normalizer?: Part | null;
  pre_tokenizer?: Part | null;
  model: Part;
  decoder?: Part | null;
}

export interface EncodeOptions {
  markup?: boolean; // special tokens written in the text are what they say; by default they are text like any other
  inside?: boolean; // the text goes on from another one: nothing is put before it
  restore?: (section: string) => string; // applied to what lies between tokens
}

export interface Pipeline {
  encode(text: string, options?: EncodeOptions): number[];
  /** The text of ids; those without a token are passed over. */
  decode(ids: readonly number[]): string;
  /** The text of one token in the middle of others, its spaces kept. */
  tokenText(id: number): string;
  tokenOf(id: number): string | undefined;
  readonly tokens: readonly (string | undefined)[]; // by id
}

/** @throws Error naming what this version does not read */
export function openPipeline(json: TokenizerJson): Pipeline {
  const added = (json.added_tokens ?? []).filter(({ content }) => content !== "");
  const specials = new Set(added.filter(({ special }) => special).map(({ content }) => content));
  const normalize = { start: openNormalizer(json.normalizer), inside: openNormalizer(json.normalizer, true) };
  const cut = openPreTokenizer(json.pre_tokenizer);
  const model = openTokenModel(json.model, specials);
  const decode = { start: openDecoder(json.decoder), inside: openDecoder(json.decoder, true) };

  const tokens: (string | undefined)[] = [];
  model.table.forEach((token, id) => {
    tokens[id] = token;
  });
  for (const { id, content } of added) tokens[id] = content;

  const late = ({ normalized }: AddedToken): boolean => normalized && Boolean(json.normalizer);
  const raw = openFinder(added.filter((t) => !late(t)).map((token) => ({ text: token.content, token })));
  const normalised = added.filter(late).map((token) => ({ text: normalize.start(token.content), token }));
  const findNormalised = openFinder(normalised);
  // what a person wrote is put back before it is normalised, unless markup is looked for after that
  const restoreLate = normalised.some(({ token }) => token.special);

  const encode = (text: string, options: EncodeOptions = {}): number[] => {
    const { markup = false, inside = false, restore = (section: string): string => section } = options;
    const ids: number[] = [];
    const plain = (section: string, place: Place): void => {
      for (const piece of cut([{ text: section, place }]))
        for (const id of model.encode(piece.text)) ids.push(id);
    };
    for (const { text: section, at, token } of raw(text, markup)) {
      if (token !== null) {
        ids.push(token.id);
        continue;
      }
      const place: Place = at > 0 ? "after" : inside ? "inside" : "start";
      const written = restoreLate ? section : restore(section);
      const normal = normalize[place === "inside" ? "inside" : "start"](written);
      for (const part of findNormalised(normal, markup)) {
        if (part.token !== null) ids.push(part.token.id);
        else plain(restoreLate ? restore(part.text) : part.text, part.at > 0 ? "after" : place);
      }
    }
    return ids;
  };

  const textsOf = (ids: readonly number[]): string[] =>
    ids.flatMap((id) => {
      const token = tokens[id];
      return token === undefined ? [] : [token];
    });
  return {
    encode,
    decode: (ids) => decode.start(textsOf(ids)).join(""),
    tokenText: (id) =>
      tokens[id] !== undefined && specials.has(tokens[id])
        ? tokens[id]
        : decode.inside(textsOf([id])).join(""),
    tokenOf: (id) => tokens[id],
    tokens,
  };
}

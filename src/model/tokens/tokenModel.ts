/** `model` of tokenizer.json: pieces of text to ids. */
import { openBpe } from "./bpe.ts";
import { listedOf } from "./listed.ts";
import { type Part, unknownPart } from "./part.ts";
import { TokenTable } from "./tokenTable.ts";
import { openUnigram } from "./unigram.ts";
import { openVocabulary, type Vocabulary } from "./vocabulary.ts";

export interface TokenModel {
  encode(piece: string): number[];
  table: TokenTable; // its own vocabulary
}

/**
 * @param markup the special tokens, which no text of a person's contains
 * @throws Error naming a type this version does not read
 */
export function openTokenModel(part: Part, markup: ReadonlySet<string>): TokenModel {
  const listed = listedOf(part);
  const pieces = listed === null && Array.isArray(part.vocab) ? (part.vocab as [string, number][]) : null;
  const table = listed !== null ? listed.table : tableOf(part.vocab, pieces);
  const vocabulary = openVocabulary(table, markup);
  switch (part.type ?? guess(part)) {
    case "BPE":
      return { encode: openBpe(part, vocabulary, table), table };
    case "Unigram":
      return { encode: openUnigram(part, pieces ?? [], vocabulary), table };
    case "WordPiece":
      return { encode: wordPiece(part, vocabulary), table };
    case "WordLevel":
      return { encode: wordLevel(part, vocabulary), table };
    default:
      throw unknownPart("tokenizer model", part.type);
  }
}

/** Tokens and their ids as a file has them: a list of pieces, or an object. */
function tableOf(vocab: unknown, pieces: readonly [string, number][] | null): TokenTable {
  if (pieces !== null) return new TokenTable(pieces.map(([piece]) => piece));
  const texts = Object.keys(vocab as object);
  const known = vocab as Record<string, number>;
  return new TokenTable(
    texts,
    texts.map((text) => known[text]!),
  );
}

/** Files older than the field say it by what they have. */
function guess(part: Part): string {
  if (listedOf(part) === null && Array.isArray(part.vocab)) return "Unigram";
  if ("merges" in part) return "BPE";
  return "continuing_subword_prefix" in part ? "WordPiece" : "WordLevel";
}

const unknownOf = ({ unk_token }: Part, { any }: Vocabulary): number[] => {
  const id = typeof unk_token === "string" ? any(unk_token) : undefined;
  return id === undefined ? [] : [id];
};

/** The longest piece first, again and again; a word that is not made of pieces is unknown as a whole. */
function wordPiece(part: Part, vocabulary: Vocabulary): (word: string) => number[] {
  const prefix = String(part.continuing_subword_prefix ?? "##");
  const longest = Number(part.max_input_chars_per_word ?? 100);
  const unknown = unknownOf(part, vocabulary);
  return (word) => {
    const characters = [...word];
    if (characters.length > longest) return unknown;
    const ids: number[] = [];
    for (let start = 0; start < characters.length; ) {
      let end = characters.length;
      let id: number | undefined;
      for (; end > start; end--) {
        id = vocabulary.idOf((start > 0 ? prefix : "") + characters.slice(start, end).join(""));
        if (id !== undefined) break;
      }
      if (id === undefined) return unknown;
      ids.push(id);
      start = end;
    }
    return ids;
  };
}

function wordLevel(part: Part, vocabulary: Vocabulary): (word: string) => number[] {
  const unknown = unknownOf(part, vocabulary);
  return (word) => {
    const id = vocabulary.idOf(word);
    return id === undefined ? unknown : [id];
  };
}

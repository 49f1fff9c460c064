/** `model` of tokenizer.json: pieces of text to ids. */
import { openBpe } from "./bpe.ts";
import { type Part, unknownPart } from "./part.ts";
import { openUnigram } from "./unigram.ts";
import { openVocabulary, type Vocabulary } from "./vocabulary.ts";

export interface TokenModel {
  encode(piece: string): number[];
  ids: ReadonlyMap<string, number>; // of its own vocabulary
}

/**
 * @param markup the special tokens, which no text of a person's contains
 * @throws Error naming a type this version does not read
 */
export function openTokenModel(part: Part, markup: ReadonlySet<string>): TokenModel {
  const { vocab } = part;
  const pieces = Array.isArray(vocab) ? (vocab as [string, number][]) : null;
  const ids = new Map<string, number>();
  if (pieces !== null) for (const [id, [piece]] of pieces.entries()) ids.set(piece, id);
  else {
    const known = vocab as Record<string, number>;
    for (const piece in known) ids.set(piece, known[piece]!); // no list of pairs between: Gemma 3 has 262,144
  }
  const vocabulary = openVocabulary(ids, markup);
  switch (part.type ?? guess(part)) {
    case "BPE":
      return { encode: openBpe(part, vocabulary), ids };
    case "Unigram":
      return { encode: openUnigram(part, pieces ?? [], vocabulary), ids };
    case "WordPiece":
      return { encode: wordPiece(part, vocabulary), ids };
    case "WordLevel":
      return { encode: wordLevel(part, vocabulary), ids };
    default:
      throw unknownPart("tokenizer model", part.type);
  }
}

/** Files older than the field say it by what they have. */
function guess(part: Part): string {
  if (Array.isArray(part.vocab)) return "Unigram";
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

/** `pre_tokenizer` of tokenizer.json: text is cut into pieces that no token spans. */
import { type Part, partsOf, unknownPart } from "./part.ts";
import { byteLevel, expressionOf, PUNCTUATION, WORD } from "./unicode.ts";

/**
 * Where a piece stands: at the start of the text; after a cut or a special token; or inside, where it goes on from text
 * that has been encoded before. It decides whether a space is put before it.
 */
export type Place = "start" | "after" | "inside";

export interface Piece {
  text: string;
  place: Place;
}

export type PreTokenizer = (pieces: Piece[]) => Piece[];

/** OpenAI's cut for GPT-2. */
const GPT2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** @throws Error naming a type or a behaviour this version does not read */
export function openPreTokenizer(part: Part | null | undefined): PreTokenizer {
  if (!part) return (pieces) => pieces;
  const each = (cut: (piece: Piece) => Piece[]): PreTokenizer => {
    return (pieces) => pieces.flatMap(cut).filter(({ text }) => text !== "");
  };
  const cutting = (expression: RegExp, behavior: unknown, invert = false): PreTokenizer =>
    each(splitter(expression, behavior, invert));
  switch (part.type) {
    case "Sequence": {
      const steps = partsOf(part.pretokenizers).map(openPreTokenizer);
      return (pieces) => steps.reduce((current, step) => step(current), pieces);
    }
    case "Split":
      return cutting(expressionOf(part.pattern), part.behavior, part.invert === true);
    case "Digits":
      return cutting(/\p{N}/gu, part.individual_digits === true ? "Isolated" : "Contiguous");
    case "Punctuation":
      return cutting(new RegExp(`[${PUNCTUATION}]`, "gu"), part.behavior ?? "Isolated");
    case "WhitespaceSplit":
      return cutting(/\p{White_Space}/gu, "Removed");
    case "Whitespace":
      return cutting(new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, "gu"), "Removed", true);
    case "BertPreTokenizer": {
      const words = cutting(/\p{White_Space}/gu, "Removed");
      const signs = cutting(new RegExp(`[${PUNCTUATION}]`, "gu"), "Isolated");
      return (pieces) => signs(words(pieces));
    }
    case "CharDelimiterSplit":
      return cutting(expressionOf({ String: String(part.delimiter) }), "Removed");
    case "FixedLength": {
      const length = Number(part.length);
      if (!(length >= 1)) throw new Error(`FixedLength has the length ${String(part.length)}`);
      return cutting(new RegExp(`[^]{1,${length}}`, "gu"), "Isolated");
    }
    case "Metaspace":
      return each(metaspace(part));
    case "ByteLevel": {
      const { add_prefix_space = true, use_regex = true } = part;
      const words = use_regex ? cutting(expressionOf({ Regex: GPT2 }), "Isolated") : each((piece) => [piece]);
      const prefixed = ({ text, place }: Piece): Piece => ({
        text: add_prefix_space && place !== "inside" && !text.startsWith(" ") ? ` ${text}` : text,
        place,
      });
      const bytes = ({ text, place }: Piece): Piece => ({ text: byteLevel(text), place });
      return (pieces) => words(pieces.map(prefixed)).map(bytes);
    }
    default:
      throw unknownPart("pre-tokenizer", part.type);
  }
}

/** Spaces become visible; one is put before a text by `prepend_scheme`, which older files write as add_prefix_space. */
function metaspace(part: Part): (piece: Piece) => Piece[] {
  const replacement = String(part.replacement ?? "▁");
  const scheme = String(part.prepend_scheme ?? (part.add_prefix_space === false ? "never" : "always"));
  if (!["always", "first", "never"].includes(scheme))
    throw new Error(`this version does not read the prepend_scheme "${scheme}"`);
  const words = splitter(expressionOf({ String: replacement }), "MergedWithNext", false);
  return ({ text, place }) => {
    let visible = text.replaceAll(" ", replacement);
    const wanted = scheme === "always" ? place !== "inside" : scheme === "first" && place === "start";
    if (wanted && !visible.startsWith(replacement)) visible = replacement + visible;
    return part.split === false ? [{ text: visible, place }] : words({ text: visible, place });
  };
}

interface Stretch {
  from: number;
  to: number;
  match: boolean;
}

/** Cuts a piece where `expression` matches; `behavior` says what becomes of the matches (tokenizers' SplitDelimiterBehavior). */
function splitter(expression: RegExp, behavior: unknown, invert: boolean): (piece: Piece) => Piece[] {
  const join = JOINS.get(String(behavior).toLowerCase().replaceAll("_", ""));
  if (join === undefined) throw new Error(`this version does not read the behavior "${String(behavior)}"`);
  return ({ text, place }) => {
    const stretches: Stretch[] = [];
    let at = 0;
    for (const { 0: found, index } of text.matchAll(expression)) {
      if (at < index) stretches.push({ from: at, to: index, match: invert });
      at = index + found.length;
      stretches.push({ from: index, to: at, match: !invert });
    }
    if (at < text.length) stretches.push({ from: at, to: text.length, match: invert });
    return join(stretches).map(({ from, to }) => ({
      text: text.slice(from, to),
      place: from === 0 ? place : "after",
    }));
  };
}

const JOINS: ReadonlyMap<string, (stretches: Stretch[]) => Stretch[]> = new Map([
  ["isolated", (stretches) => stretches],
  ["removed", (stretches) => stretches.filter(({ match }) => !match)],
  [
    "contiguous",
    (stretches) => {
      const joined: Stretch[] = [];
      for (const stretch of stretches) {
        const last = joined.at(-1);
        if (last !== undefined && last.match === stretch.match) last.to = stretch.to;
        else joined.push({ ...stretch });
      }
      return joined;
    },
  ],
  [
    "mergedwithprevious",
    (stretches) => {
      const joined: Stretch[] = [];
      let before = false;
      for (const stretch of stretches) {
        const last = joined.at(-1);
        if (stretch.match && !before && last !== undefined) last.to = stretch.to;
        else joined.push({ ...stretch });
        before = stretch.match;
      }
      return joined;
    },
  ],
  [
    "mergedwithnext",
    (stretches) => {
      const joined: Stretch[] = [];
      let before = false;
      for (const stretch of stretches.toReversed()) {
        const last = joined.at(-1);
        if (stretch.match && !before && last !== undefined) last.from = stretch.from;
        else joined.push({ ...stretch });
        before = stretch.match;
      }
      return joined.reverse();
    },
  ],
]);

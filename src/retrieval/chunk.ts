/** Documents → passages. */

import { LabError } from "../core/errors.ts";
import type { SourceDocument } from "../core/messages.ts";
import { sentences } from "../core/sentences.ts";
import type { Passage } from "../documents/documents.ts";

export interface ChunkOptions {
  maxTokens: number; // of a cut passage, as `countTokens` counts
  overlapTokens: number; // at most this much of a passage's end begins the next one
  maxRough: number; // of a cut passage, as `roughTokens` guesses
}

/**
 * Three such passages and a question fit a context of 1,024 tokens, the built-in model's. The embedder's tokens say little
 * of text that it has no words for (base64, Thai, one endless word): there the rough guess cuts first.
 */
export const CHUNK_DEFAULTS: ChunkOptions = { maxTokens: 128, overlapTokens: 24, maxRough: 320 };

interface Piece {
  text: string;
  glue: "" | " "; // what stands between it and the piece before
  tokens: number;
  rough: number;
}

/**
 * Ready-made passages as they are; other text cut at sentence ends into passages within the token budget, each
 * beginning with the last whole sentences of the one before as far as the overlap allows. A sentence longer than the
 * budget is cut between words. Every word of the text comes out, in order, white space as single spaces.
 * @throws LabError bad-data naming the document that is empty, or the passage of it that is
 */
export function chunk(
  documents: readonly SourceDocument[],
  countTokens: (text: string) => number,
  options: ChunkOptions = CHUNK_DEFAULTS,
): Passage[] {
  return documents.flatMap(({ id, title, text, passages }) => {
    const texts = passages ?? cut(text ?? "", countTokens, options);
    const blank = texts.findIndex((passage) => passage.trim() === "");
    if (blank >= 0) throw new LabError("bad-data", `passage ${blank + 1} of the document "${id}" is empty`);
    if (texts.length === 0) {
      throw new LabError("bad-data", `the document "${id}" is empty: there is no text in it; leave it out`);
    }
    return texts.map((passage) => ({ documentId: id, title, text: passage, tokens: countTokens(passage) }));
  });
}

function cut(text: string, countTokens: (text: string) => number, options: ChunkOptions): string[] {
  const { maxTokens, overlapTokens, maxRough } = options;
  const measure = (part: string, glue: Piece["glue"]): Piece => ({
    text: part,
    glue,
    tokens: countTokens(part),
    rough: roughTokens(part),
  });
  const fits = ({ tokens, rough }: Piece): boolean => tokens <= maxTokens && rough <= maxRough;
  const pieces = sentences(unwrap(text)).flatMap((sentence, i, all) => {
    const glue = UNSPACED_END.test(all[i - 1] ?? "") ? "" : " ";
    return divide(measure(sentence.replace(/\s+/g, " "), glue), fits, measure);
  });
  const passages: Piece[][] = [];
  let held: Piece[] = [];
  for (const piece of pieces) {
    const together = {
      ...piece,
      tokens: total(held, "tokens") + piece.tokens,
      rough: total(held, "rough") + piece.rough,
    };
    if (held.length > 0 && !fits(together)) {
      passages.push(held);
      held = tail(held, Math.min(overlapTokens, maxTokens - piece.tokens), maxRough - piece.rough);
    }
    held.push(piece);
  }
  if (held.length > 0) passages.push(held);
  return passages.map((parts) => parts.map(({ text, glue }, i) => (i === 0 ? text : glue + text)).join(""));
}

/** Where a sentence ends that no space parts from the next. */
const UNSPACED_END = /[。！？｡．][」』”）】〉》]*$/;

/**
 * How many tokens a language model may need for a text, from above and without its tokenizer, which is not known where
 * documents are cut: a token for three letters of a Latin word, for a letter of another script, a digit or a sign, and for
 * nearly each character of what is too long to be a word.
 */
export function roughTokens(text: string): number {
  let tokens = 0;
  for (const [run] of text.matchAll(/\S+/g)) {
    if (run.length > LONGEST_WORD) tokens += Math.ceil(0.8 * run.length);
    else for (const [part] of run.matchAll(/[\p{sc=Latin}\p{M}]+|./gu)) tokens += Math.ceil(part.length / 3);
  }
  return tokens;
}

const LONGEST_WORD = 40; // of characters without a space between

/** A line that goes on in lower case was broken for width only. */
const unwrap = (text: string): string => text.replace(/(?<=\S)[ \t]*\r?\n[ \t]*(?=\p{Ll})/gu, " ");

/** The piece, or its halves' halves until each fits: cut at a space, or inside a word without one. */
function divide(
  piece: Piece,
  fits: (piece: Piece) => boolean,
  measure: (text: string, glue: Piece["glue"]) => Piece,
): Piece[] {
  const { text } = piece;
  let middle = text.length >> 1;
  if (fits(piece) || middle === 0) return [piece];
  const before = text.lastIndexOf(" ", middle);
  const after = text.indexOf(" ", middle);
  const nearer = after >= 0 && (before < 0 || after - middle < middle - before) ? after : before;
  // A space far away leaves the greater part whole, as a picture's data behind its name is.
  const atSpace = nearer > 0 && Math.abs(nearer - middle) < middle * 0.9;
  while (isInside(text, middle)) middle++;
  const at = atSpace ? nearer : middle;
  const halves = [text.slice(0, at), text.slice(at)].map((half) => half.trim());
  const [first = "", second = ""] = halves;
  if (first === "" || second === "") return [piece];
  const glue = /\s/.test(text[at]!) || /\s/.test(text[at - 1]!) ? " " : "";
  return [measure(first, piece.glue), measure(second, glue)].flatMap((half) => divide(half, fits, measure));
}

/** Whether a cut would part a character of two code units, or a mark from its letter. */
const isInside = (text: string, at: number): boolean =>
  /^(?:[\uDC00-\uDFFF]|\p{M})/u.test(text.slice(at, at + 2)) || /[\uDC00-\uDFFF]/.test(text[at] ?? "");

/** The longest end of `pieces` within both budgets. */
function tail(pieces: Piece[], maxTokens: number, maxRough: number): Piece[] {
  let from = pieces.length;
  while (from > 0) {
    const longer = pieces.slice(from - 1);
    if (total(longer, "tokens") > maxTokens || total(longer, "rough") > maxRough) break;
    from--;
  }
  return pieces.slice(from);
}

const total = (pieces: readonly Piece[], of: "tokens" | "rough"): number =>
  pieces.reduce((sum, piece) => sum + piece[of], 0);

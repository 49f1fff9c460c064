/** Documents → passages. */

import { LabError } from "../core/errors.ts";
import type { SourceDocument } from "../core/messages.ts";
import { sentences } from "../core/text.ts";
import type { Passage } from "../documents/documents.ts";

export interface ChunkOptions {
  maxTokens: number; // of a cut passage, as `countTokens` counts
  overlapTokens: number; // at most this much of a passage's end begins the next one
}

/** Three such passages and a question fit a context of 1,024 tokens, the built-in model's. */
export const CHUNK_DEFAULTS: ChunkOptions = { maxTokens: 128, overlapTokens: 24 };

interface Piece {
  text: string;
  tokens: number;
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
    const pieces = passages?.map((p) => measure(p, countTokens)) ?? cut(text ?? "", countTokens, options);
    const blank = pieces.findIndex((piece) => piece.text.trim() === "");
    if (blank >= 0) throw new LabError("bad-data", `passage ${blank + 1} of the document "${id}" is empty`);
    if (pieces.length === 0) {
      throw new LabError("bad-data", `the document "${id}" is empty: there is no text in it; leave it out`);
    }
    return pieces.map((piece) => ({ documentId: id, title, ...piece }));
  });
}

function cut(text: string, countTokens: (text: string) => number, options: ChunkOptions): Piece[] {
  const { maxTokens, overlapTokens } = options;
  const pieces = sentences(unwrap(text))
    .map((sentence) => measure(sentence.replace(/\s+/g, " "), countTokens))
    .flatMap((sentence) => divide(sentence, maxTokens, countTokens));
  const passages: Piece[][] = [];
  let held: Piece[] = [];
  for (const piece of pieces) {
    if (held.length > 0 && sumTokens(held) + piece.tokens > maxTokens) {
      passages.push(held);
      held = tail(held, Math.min(overlapTokens, maxTokens - piece.tokens));
    }
    held.push(piece);
  }
  if (held.length > 0) passages.push(held);
  return passages.map((parts) => measure(parts.map((part) => part.text).join(" "), countTokens));
}

/** A line that goes on in lower case was broken for width only. */
const unwrap = (text: string): string => text.replace(/(?<=\S)[ \t]*\r?\n[ \t]*(?=\p{Ll})/gu, " ");

const measure = (text: string, countTokens: (text: string) => number): Piece => ({
  text,
  tokens: countTokens(text),
});

/** The piece, or its halves' halves until each is within the budget: cut at a space, or inside a word without one. */
function divide(piece: Piece, maxTokens: number, countTokens: (text: string) => number): Piece[] {
  const { text } = piece;
  const middle = text.length >> 1;
  if (piece.tokens <= maxTokens || middle === 0) return [piece];
  const before = text.lastIndexOf(" ", middle);
  const after = text.indexOf(" ", middle);
  const nearer = after >= 0 && (before < 0 || after - middle < middle - before) ? after : before;
  const insidePair = /[\uDC00-\uDFFF]/.test(text[middle]!); // a character of two code units stays whole
  const at = nearer > 0 ? nearer : middle + (insidePair ? 1 : 0);
  const halves = [text.slice(0, at), text.slice(at)].map((half) => half.trim()).filter((half) => half !== "");
  if (halves.length < 2) return [piece];
  return halves.flatMap((half) => divide(measure(half, countTokens), maxTokens, countTokens));
}

/** The longest end of `pieces` within `maxTokens`. */
function tail(pieces: Piece[], maxTokens: number): Piece[] {
  let tokens = 0;
  let from = pieces.length;
  while (from > 0 && tokens + pieces[from - 1]!.tokens <= maxTokens) tokens += pieces[--from]!.tokens;
  return pieces.slice(from);
}

const sumTokens = (pieces: Piece[]): number => pieces.reduce((sum, piece) => sum + piece.tokens, 0);

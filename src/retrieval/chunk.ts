/** Documents → passages. */

import { LabError } from "../core/errors.ts";
import type { SourceDocument } from "../core/messages.ts";
import type { Passage } from "../documents/documents.ts";
import { cutBlocks } from "./chunkBlocks.ts";
import {
  type CountTokens,
  fits,
  joined,
  minus,
  type Piece,
  type Ruler,
  rulerOf,
  type Size,
  sentencePieces,
  sumOf,
  toEnd,
} from "./pieces.ts";

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

/**
 * Ready-made passages as they are; blocks cut by their sections (chunkBlocks.ts); other text cut at sentence ends into
 * passages within the token budget, each beginning with the last whole sentences of the one before as far as the overlap
 * allows. A sentence longer than the budget is cut between words. Every word of the text comes out, in order, white space
 * as single spaces.
 * @throws LabError bad-data naming the document that is empty, or the passage of it that is
 */
export function chunk(
  documents: readonly SourceDocument[],
  countTokens: CountTokens,
  options: ChunkOptions = CHUNK_DEFAULTS,
): Passage[] {
  return documents.flatMap((document) => toEnd(chunkDocument(document, countTokens, options)));
}

/** The same of one document, in steps between which the work can be left for a while. @throws LabError bad-data */
export function* chunkDocument(
  { id, title, text, passages, blocks }: SourceDocument,
  countTokens: CountTokens,
  { maxTokens, overlapTokens, maxRough }: ChunkOptions = CHUNK_DEFAULTS,
): Generator<void, Passage[]> {
  const measure = rulerOf(countTokens);
  const budget = { tokens: maxTokens, rough: maxRough };
  const cut = blocks && passages === null ? yield* cutBlocks(blocks, budget, measure) : null;
  const whole = passages ?? cutText(text ?? "", budget, overlapTokens, measure);
  const found = cut ?? whole.map((passage) => ({ text: passage }));
  const blank = found.findIndex((passage) => passage.text.trim() === "");
  if (blank >= 0) throw new LabError("bad-data", `passage ${blank + 1} of the document "${id}" is empty`);
  if (found.length === 0) {
    throw new LabError("bad-data", `the document "${id}" is empty: there is no text in it; leave it out`);
  }
  const counted: Passage[] = [];
  for (const passage of found) {
    counted.push({ documentId: id, title, tokens: countTokens(passage.text), ...passage });
    yield;
  }
  return counted;
}

function cutText(text: string, budget: Size, overlapTokens: number, measure: Ruler): string[] {
  const passages: Piece[][] = [];
  let held: Piece[] = [];
  for (const piece of sentencePieces(text, budget, measure)) {
    if (held.length > 0 && !fits(sumOf([...held, piece]), budget)) {
      passages.push(held);
      const left = minus(budget, piece);
      held = tail(held, { ...left, tokens: Math.min(overlapTokens, left.tokens) });
    }
    held.push(piece);
  }
  if (held.length > 0) passages.push(held);
  return passages.map(joined);
}

/** The longest end of `pieces` within the budget. */
function tail(pieces: Piece[], budget: Size): Piece[] {
  let from = pieces.length;
  while (from > 0 && fits(sumOf(pieces.slice(from - 1)), budget)) from--;
  return pieces.slice(from);
}

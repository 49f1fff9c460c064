/** An index of documents that were partly indexed before: what did not change is neither cut nor embedded again. */
import type { SourceDocument } from "../core/messages.ts";
import type { Passage } from "../documents/documents.ts";
import { chunk } from "./chunk.ts";
import type { CountTokens } from "./pieces.ts";

/** Documents as they were cut before, by the same embedder's tokens. */
export interface CutBefore {
  documents: readonly SourceDocument[];
  passages: readonly Passage[];
}

/** The passages of all documents; those of a document that is the same as before are taken over. */
export function cutAgain(
  documents: readonly SourceDocument[],
  before: CutBefore | null,
  countTokens: CountTokens,
): Passage[] {
  const cut = new Map((before?.documents ?? []).map((document) => [document.id, JSON.stringify(document)]));
  const passages = new Map<string, Passage[]>();
  for (const passage of before?.passages ?? []) {
    const others = passages.get(passage.documentId);
    if (others === undefined) passages.set(passage.documentId, [passage]);
    else others.push(passage);
  }
  return documents.flatMap((document) => {
    const same = cut.get(document.id) === JSON.stringify(document);
    return (same ? passages.get(document.id) : undefined) ?? chunk([document], countTokens);
  });
}

/** Vectors by the text they are of. */
export type KnownVectors = Map<string, Float32Array>;

/** Adds the rows of `vectors`, (texts, dimension). */
export function learn(known: KnownVectors, texts: readonly string[], vectors: Float32Array): void {
  const dimension = vectors.length / texts.length;
  for (const [i, text] of texts.entries())
    known.set(text, vectors.subarray(i * dimension, (i + 1) * dimension));
}

/** The texts that no vector is known of, each once, short ones first: a batch is padded to its longest. */
export function unknownTexts(passages: readonly Passage[], known: KnownVectors): string[] {
  const missing = new Map(
    passages.filter(({ text }) => !known.has(text)).map(({ text, tokens }) => [text, tokens]),
  );
  return [...missing].sort(([, a], [, b]) => a - b).map(([text]) => text);
}

/** The vectors of these texts, all of them known, (texts, dimension). */
export function vectorsOf(
  texts: readonly string[],
  known: KnownVectors,
  dimension: number,
): Float32Array<ArrayBuffer> {
  const vectors = new Float32Array(texts.length * dimension);
  for (const [i, text] of texts.entries()) vectors.set(known.get(text)!, i * dimension);
  return vectors;
}

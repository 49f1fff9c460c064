/** An index of documents that were partly indexed before: what did not change is neither cut nor embedded again. */
import type { SourceDocument } from "../core/messages.ts";
import type { Passage } from "../documents/documents.ts";
import { chunkDocument } from "./chunk.ts";
import type { CountTokens } from "./pieces.ts";

/** Documents as they were cut before, by the same embedder's tokens. */
export interface CutBefore {
  documents: readonly SourceDocument[];
  passages: readonly Passage[];
}

const LOOK_MS = 50; // between two looks at whether to go on

/**
 * The passages of all documents; those of a document that is the same as before are taken over.
 * @param goesOn is asked every now and then
 * @returns the passages of the first `cut` documents, which are all of them unless it said no
 */
export async function cutAgain(
  documents: readonly SourceDocument[],
  before: CutBefore | null,
  countTokens: CountTokens,
  goesOn: () => Promise<boolean>,
): Promise<{ passages: Passage[]; cut: number }> {
  const cut = new Map((before?.documents ?? []).map((document) => [document.id, JSON.stringify(document)]));
  const known = new Map<string, Passage[]>();
  for (const passage of before?.passages ?? []) {
    const others = known.get(passage.documentId);
    if (others === undefined) known.set(passage.documentId, [passage]);
    else others.push(passage);
  }
  const passages: Passage[] = [];
  let looked = performance.now();
  for (const [i, document] of documents.entries()) {
    const same = before !== null && cut.get(document.id) === JSON.stringify(document);
    const found = same ? known.get(document.id) : undefined;
    const cutting = found === undefined ? chunkDocument(document, countTokens) : null;
    let step = cutting?.next() ?? { done: true as const, value: found! };
    while (!step.done) {
      if (performance.now() - looked > LOOK_MS) {
        if (!(await goesOn())) return { passages, cut: i };
        looked = performance.now();
      }
      step = cutting!.next();
    }
    for (const passage of step.value) passages.push(passage);
  }
  return { passages, cut: documents.length };
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

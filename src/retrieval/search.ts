/** Passages ranked for a question: exact cosine, BM25, and both fused (method.md §2, "Exactly"). */
import type { Retrieval } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import { type Hit, highest } from "../core/highest.ts";
import type { SourceDocument } from "../core/messages.ts";
import type { RetrievedPassage } from "../core/run.ts";
import { type Bm25, bm25Rank, openBm25 } from "../core/text.ts";
import type { Passage } from "../documents/documents.ts";
import { chunk } from "./chunk.ts";
import type { Embedder } from "./embed.ts";

export interface PassageIndex {
  passages: readonly Passage[];
  vectors: Float32Array<ArrayBuffer>; // (passages, dimension), unit length
  dimension: number;
  bm25: Bm25;
}

export interface SearchOptions {
  retrieval: Retrieval;
  k: number;
  tokenBudget: number | null; // of all passages together, in the embedder's tokens; null = no limit
}

const FUSION_K = 60;
const FUSION_DEPTH = 50;

/** Cuts and embeds documents. Progress counts passages. @throws LabError bad-data naming an empty document */
export async function buildIndex(
  documents: readonly SourceDocument[],
  embedder: Embedder,
  onProgress?: (done: number, of: number) => void,
): Promise<PassageIndex> {
  const passages = chunk(documents, embedder.countTokens);
  const texts = passages.map((passage) => passage.text);
  return openIndex(passages, await embedder.embed(texts, onProgress), embedder.dimension);
}

/** An index of passages embedded before. @throws LabError bad-shape when the vectors are not theirs */
export function openIndex(
  passages: readonly Passage[],
  vectors: Float32Array<ArrayBuffer>,
  dimension: number,
): PassageIndex {
  if (vectors.length !== passages.length * dimension) {
    throw new LabError(
      "bad-shape",
      `${passages.length} passages of dimension ${dimension} need ${passages.length * dimension} numbers, got ${vectors.length}`,
    );
  }
  return { passages, vectors, dimension, bm25: openBm25(passages.map((passage) => passage.text)) };
}

/** The best passages of every query, embedding the queries where `retrieval` asks for it; `embedder` null for BM25. */
export async function retrieve(
  index: PassageIndex,
  embedder: Embedder | null,
  queries: readonly string[],
  options: SearchOptions,
): Promise<RetrievedPassage[][]> {
  if (options.retrieval === "bm25") return queries.map((query) => search(index, query, null, options));
  if (embedder?.dimension !== index.dimension) {
    throw new LabError(
      "bad-shape",
      `the index has vectors of ${index.dimension}, the embedder gives ${embedder?.dimension ?? "none"}: index the documents again`,
    );
  }
  const d = index.dimension;
  const vectors = await embedder.embed(queries.map((query) => embedder.queryPrompt + query));
  return queries.map((query, i) => search(index, query, vectors.subarray(i * d, (i + 1) * d), options));
}

/**
 * The best `k` passages, best first; one that would exceed the token budget is passed over for the next. A query
 * without a vector, or with the zero vector (no word of it is known), is answered by BM25 alone.
 */
export function search(
  index: PassageIndex,
  query: string,
  vector: Float32Array | null,
  { retrieval, k, tokenBudget }: SearchOptions,
): RetrievedPassage[] {
  // Where passages are passed over, the ranking is asked for again, deeper.
  for (let depth = Math.max(k, 2 * FUSION_DEPTH); ; depth *= 4) {
    const ranking = rank(index, query, vector, retrieval, depth);
    const found = fitting(index, ranking, k, tokenBudget ?? Number.POSITIVE_INFINITY);
    if (found.length === k || ranking.length < depth) return found;
  }
}

/** The first `k` of a ranking that fit the budget together. */
function fitting(
  { passages }: PassageIndex,
  ranking: readonly Hit[],
  k: number,
  tokenBudget: number,
): RetrievedPassage[] {
  const found: RetrievedPassage[] = [];
  let left = tokenBudget;
  for (const { index, score } of ranking) {
    if (found.length === k) break;
    const { text, title, tokens, heading = null, page = null } = passages[index]!; // a ranking holds indices of passages
    if (tokens > left) continue;
    left -= tokens;
    found.push({
      index,
      text,
      title,
      ...(heading !== null && { heading }),
      ...(page !== null && { page }),
      score,
    });
  }
  return found;
}

/** The `depth` best passages; fused, all that are within reach of either ranking. */
function rank(
  index: PassageIndex,
  query: string,
  vector: Float32Array | null,
  retrieval: Retrieval,
  depth: number,
): Hit[] {
  const known = vector?.some((x) => x !== 0) ? vector : null;
  if (retrieval === "bm25" || known === null) return bm25Rank(index.bm25, query, depth);
  if (retrieval === "cosine") return highest(cosines(index, known), depth);
  return fuse(bm25Rank(index.bm25, query, FUSION_DEPTH), highest(cosines(index, known), FUSION_DEPTH));
}

const ROWS = 4; // whose sums run side by side; each row's own order is that of its numbers

/** The cosine of every passage with a vector of length 1. */
function cosines({ vectors, dimension, passages }: PassageIndex, vector: Float32Array): Float64Array {
  const scores = new Float64Array(passages.length);
  const whole = passages.length - (passages.length % ROWS);
  for (let i = 0; i < whole; i += ROWS) {
    const p = i * dimension;
    const q = p + dimension;
    const r = q + dimension;
    const s = r + dimension;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let j = 0; j < dimension; j++) {
      const x = vector[j]!;
      a += vectors[p + j]! * x;
      b += vectors[q + j]! * x;
      c += vectors[r + j]! * x;
      d += vectors[s + j]! * x;
    }
    scores[i] = a;
    scores[i + 1] = b;
    scores[i + 2] = c;
    scores[i + 3] = d;
  }
  for (let i = whole; i < passages.length; i++) {
    for (let j = 0; j < dimension; j++) scores[i]! += vectors[i * dimension + j]! * vector[j]!;
  }
  return scores;
}

/** Reciprocal rank fusion: Σ 1/(60 + rank), rank from 1; ties in the first ranking's order. */
function fuse(...rankings: Hit[][]): Hit[] {
  const scores = new Map<number, number>();
  for (const ranking of rankings) {
    ranking.forEach(({ index }, i) => {
      scores.set(index, (scores.get(index) ?? 0) + 1 / (FUSION_K + i + 1));
    });
  }
  // A map keeps the order of first entry, and sorting is stable.
  return [...scores].map(([index, score]) => ({ index, score })).sort((a, b) => b.score - a.score);
}

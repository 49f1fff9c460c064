/**
 * One question's search over 100,000 passages of dimension 384, on the CPU as the retrieval worker does it, and in turn the
 * same by sorting every passage of two full rankings, as it was before. Vectors and words are drawn by a seed. The bar is 50 ms
 * (issue 11 §3). Building the word index is timed apart.
 */
import { expect, test } from "vitest";
import { openRng } from "../../src/core/rng.ts";
import { bm25Scores, openBm25 } from "../../src/core/text.ts";
import { openIndex, search } from "../../src/retrieval/search.ts";
import { median, writeResult } from "../helpers/results.ts";

const PASSAGES = 100_000;
const DIMENSION = 384;
const QUERIES = 20;
const WORDS = 30; // a passage
const VOCABULARY = 20_000;
const OPTIONS = { retrieval: "hybrid", k: 3, tokenBudget: null } as const;

test("search", async () => {
  const rng = openRng(1, "data");
  const draw = () => rng.next();
  const word = () => `w${Math.floor(VOCABULARY * draw() ** 3)}`; // some words are common
  const text = (n: number) => Array.from({ length: n }, word).join(" ");
  const unit = (vectors: Float32Array, at: number) => {
    let sum = 0;
    for (let j = 0; j < DIMENSION; j++) {
      vectors[at + j] = draw() - 0.5;
      sum += vectors[at + j]! ** 2;
    }
    for (let j = 0; j < DIMENSION; j++) vectors[at + j]! /= Math.sqrt(sum);
  };
  const vectors = new Float32Array(PASSAGES * DIMENSION);
  for (let i = 0; i < PASSAGES; i++) unit(vectors, i * DIMENSION);
  const passages = Array.from({ length: PASSAGES }, (_, i) => ({
    documentId: `${i}`,
    title: "",
    text: text(WORDS),
    tokens: WORDS,
  }));
  const began = performance.now();
  const bm25 = openBm25(passages.map((passage) => passage.text));
  const wordIndex = performance.now() - began;
  const index = { ...openIndex([], new Float32Array(0), DIMENSION), passages, vectors, bm25 };

  const sortingAll = (query: string, vector: Float32Array) => {
    const all = (scores: ArrayLike<number>) =>
      Array.from(scores, (score, i) => ({ index: i, score })).sort(
        (a, b) => b.score - a.score || a.index - b.index,
      );
    const cosine = passages.map((_, i) => {
      let score = 0;
      for (let j = 0; j < DIMENSION; j++) score += vectors[i * DIMENSION + j]! * vector[j]!;
      return score;
    });
    const fused = new Map<number, number>();
    for (const ranking of [all(bm25Scores(bm25, query)), all(cosine)])
      for (const [i, hit] of ranking.slice(0, 50).entries())
        fused.set(hit.index, (fused.get(hit.index) ?? 0) + 1 / (61 + i));
    return [...fused].sort((a, b) => b[1] - a[1]).slice(0, OPTIONS.k);
  };
  const ms = { now: [] as number[], sorting: [] as number[] };
  for (let i = 0; i < QUERIES; i++) {
    const query = text(8);
    const vector = new Float32Array(DIMENSION);
    unit(vector, 0);
    const start = performance.now();
    const found = search(index, query, vector, OPTIONS);
    const between = performance.now();
    const before = sortingAll(query, vector);
    ms.now.push(between - start);
    ms.sorting.push(performance.now() - between);
    expect(found.map((passage) => passage.index)).toEqual(before.map(([at]) => at));
  }
  await writeResult("search", "no GPU: one CPU thread", {
    about: `one hybrid search (k 3) over ${PASSAGES} passages of ${WORDS} words, dimension ${DIMENSION}; medians of ${QUERIES} queries in turn, milliseconds`,
    now: median(ms.now),
    sorting_all: median(ms.sorting),
    ratio: median(ms.sorting) / median(ms.now),
    word_index: wordIndex,
    bar: 50,
  });
});

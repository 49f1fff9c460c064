/** What the lab takes a word to be, and BM25 over words: one definition for retrieval and for the reward. */

/** The runs of Unicode letters and digits of the lower-cased text (Python's `[^\W_]+`). */
export function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The sentences of a text: cut after a full stop, question or exclamation mark that a space follows, and at line ends. */
export function sentences(text: string): string[] {
  return text
    .split(/(?<=[.!?…]["'”’)\]]*)\s+|\n+/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

/** Term statistics of a list of passages. */
export interface Bm25 {
  counts: Map<string, number>[]; // term → occurrences, per passage
  lengths: number[]; // words per passage
  idf: Map<string, number>;
  averageLength: number;
}

const K1 = 1.2;
const B = 0.75;

/** Counts the terms of `passages`; idf is ln(1 + (N − n + ½)/(n + ½)) (method.md §2). */
export function openBm25(passages: readonly string[]): Bm25 {
  const counts = passages.map((passage) => countWords(passage));
  const lengths = counts.map((terms) => [...terms.values()].reduce((a, b) => a + b, 0));
  const documents = new Map<string, number>();
  for (const terms of counts)
    for (const term of terms.keys()) documents.set(term, (documents.get(term) ?? 0) + 1);
  const N = passages.length;
  const idf = new Map([...documents].map(([term, n]) => [term, Math.log(1 + (N - n + 0.5) / (n + 0.5))]));
  return { counts, lengths, idf, averageLength: lengths.reduce((a, b) => a + b, 0) / Math.max(1, N) };
}

/** The BM25 score of every passage, by index; repeated query terms count, a passage without a common term has 0. */
export function bm25Scores(index: Bm25, query: string): Float64Array {
  const terms = words(query);
  return Float64Array.from(index.counts, (counts, i) => {
    const damping = K1 * (1 - B + (B * index.lengths[i]!) / index.averageLength);
    let score = 0;
    for (const term of terms) {
      const tf = counts.get(term);
      if (tf !== undefined) score += (index.idf.get(term)! * tf * (K1 + 1)) / (tf + damping);
    }
    return score;
  });
}

/** Passage indices by falling BM25 score, ties by index; those without a common term are not ranked. */
export function bm25Rank(index: Bm25, query: string): { index: number; score: number }[] {
  return Array.from(bm25Scores(index, query), (score, i) => ({ index: i, score }))
    .filter((hit) => hit.score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index);
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

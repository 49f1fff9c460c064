/** What the lab takes a word to be, and BM25 over words: one definition for retrieval and for the reward. */

/**
 * The words of a text as search counts them: runs of Unicode letters and digits in lower case, NFC (Python's `[^\W_]+` for
 * Latin script). Where a script puts no spaces between words, and in Korean, whose endings are attached, its single
 * characters and pairs of neighbours stand for words: unlike Intl.Segmenter's, they are the same in every browser.
 */
export function words(text: string): string[] {
  const plain = text
    .normalize("NFC")
    .replace(/[\uFF00-\uFFEF]+/g, (wide) => wide.normalize("NFKC")) // full and half width
    .replace(/[\u0591-\u05C7\u0640\u064B-\u065F\u0670]+/g, "") // vowel points, which most texts leave out
    .toLowerCase();
  return (plain.match(WORD) ?? []).flatMap((word) => (UNSPACED.test(word) ? pieces(word) : [word]));
}

const WORD = /[\p{L}\p{N}]+(?:(?<!\p{sc=Latin})(?<=[\p{L}\p{M}])\p{M}+[\p{L}\p{N}]*)*/gu; // marks are part of Indic words
const SCRIPTS =
  "\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Hang}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}";
const UNSPACED = new RegExp(`[${SCRIPTS}]`, "u");
const RUNS = new RegExp(`(?:[${SCRIPTS}]\\p{M}*)+|[^${SCRIPTS}]+`, "gu");

/** Of each run of such a script its characters and pairs of them; other runs whole. */
function pieces(word: string): string[] {
  return (word.match(RUNS) ?? []).flatMap((run) => {
    if (!UNSPACED.test(run)) return [run];
    const characters = run.match(/\P{M}\p{M}*|\p{M}+/gu) ?? [];
    const pairs = characters.slice(1).map((character, i) => characters[i]! + character);
    return [...characters, ...pairs];
  });
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

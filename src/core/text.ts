/** What the lab takes a word to be, and BM25 over words: one definition for retrieval and for the reward. */
import { type Hit, highest } from "./highest.ts";

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

/** For each term the passages that have it, and what one of its occurrences in a query adds to their scores. */
export interface Bm25 {
  passages: number; // how many there are
  postings: ReadonlyMap<string, Postings>;
}

interface Postings {
  passages: number[]; // indices, rising
  weights: number[];
}

const K1 = 1.2;
const B = 0.75;

/** Counts the terms of `passages`; idf is ln(1 + (N − n + ½)/(n + ½)) (method.md §2). */
export function openBm25(passages: readonly string[]): Bm25 {
  const postings = new Map<string, Postings>();
  const lengths = passages.map((passage, i) => {
    const counts = countWords(passage);
    let length = 0;
    for (const [term, count] of counts) {
      length += count;
      const known = postings.get(term);
      if (known === undefined) postings.set(term, { passages: [i], weights: [count] });
      else {
        known.passages.push(i);
        known.weights.push(count);
      }
    }
    return length;
  });
  const N = passages.length;
  const averageLength = lengths.reduce((a, b) => a + b, 0) / Math.max(1, N);
  const damping = lengths.map((length) => K1 * (1 - B + (B * length) / averageLength));
  for (const { passages: found, weights } of postings.values()) {
    const idf = Math.log(1 + (N - found.length + 0.5) / (found.length + 0.5));
    weights.forEach((tf, j) => {
      weights[j] = (idf * tf * (K1 + 1)) / (tf + damping[found[j]!]!);
    });
  }
  return { passages: N, postings };
}

/** The BM25 score of every passage, by index; repeated query terms count, a passage without a common term has 0. */
export function bm25Scores(index: Bm25, query: string): Float64Array {
  const scores = new Float64Array(index.passages);
  for (const term of words(query)) {
    const found = index.postings.get(term);
    if (found === undefined) continue;
    const { passages, weights } = found;
    for (let j = 0; j < passages.length; j++) scores[passages[j]!]! += weights[j]!;
  }
  return scores;
}

/** The `depth` best passages (all of them without it) by falling BM25 score, ties by index; those without a common term are not ranked. */
export function bm25Rank(index: Bm25, query: string, depth = index.passages): Hit[] {
  return highest(bm25Scores(index, query), depth, 0);
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

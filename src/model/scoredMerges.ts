/** The merges that follow from SentencePiece's scores. */
import type { ListedMerges } from "./tokens/listed.ts";
import { BASE, power, type TokenTable } from "./tokens/tokenTable.ts";

/**
 * Every way to put a piece together from two, the best piece first: SentencePiece joins the neighbours whose joint piece
 * scores highest. Equal scores by the longer left part, then the longer right one, as Transformers orders them (`generate_merges`).
 * @param table the pieces, whose entries are their ids
 * @param joinable ids of the pieces that may be joined or be parts
 * @param scores by id
 */
export function scoredMerges(
  table: TokenTable,
  joinable: readonly number[],
  scores: ArrayLike<number>,
): ListedMerges {
  const { texts, units, ends } = table;
  const known = new Uint8Array(texts.length);
  for (const id of joinable) known[table.entryOf(texts[id]!)] = 1; // of equal ones that which is found
  let merges = { lefts: new Int32Array(1024), rights: new Int32Array(1024), joined: new Int32Array(1024) };
  let count = 0;
  let prefix = new Int32Array(1024); // hashes of a piece's first n units
  let inOrder = true;
  let [lastScore, lastEntry] = [Number.NaN, -1];
  for (const id of inOrderOf(joinable, scores)) {
    const [from, to] = [id === 0 ? 0 : ends[id - 1]!, ends[id]!];
    const n = to - from;
    if (n < 2) continue;
    if (n >= prefix.length) prefix = new Int32Array(2 * n);
    for (let i = 0; i < n; i++) prefix[i + 1] = (Math.imul(prefix[i]!, BASE) + units[from + i]! + 1) | 0;
    const entry = table.entryWithin(from, to, prefix[n]!);
    for (let cut = n - 1; cut > 0; cut--) {
      const left = table.entryWithin(from, from + cut, prefix[cut]!);
      if (left < 0 || known[left] === 0) continue;
      const rest = (prefix[n]! - Math.imul(prefix[cut]!, power(n - cut))) | 0;
      const right = table.entryWithin(from + cut, to, rest);
      if (right < 0 || known[right] === 0) continue;
      if (entry !== lastEntry && scores[id] === lastScore) inOrder = false;
      [lastScore, lastEntry] = [scores[id]!, entry];
      if (count === merges.lefts.length) merges = changed(merges, (list) => grown(list));
      merges.lefts[count] = left;
      merges.rights[count] = right;
      merges.joined[count++] = entry;
    }
  }
  merges = changed(merges, (list) => list.slice(0, count));
  if (inOrder) return merges; // a piece's own cuts are in order; pieces of one score need not be
  const { lefts, rights, joined } = merges;
  const length = (list: Int32Array, i: number): number => texts[list[i]!]!.length;
  const order = Array.from({ length: count }, (_, i) => i).sort(
    (a, b) =>
      compare(scores[joined[b]!]!, scores[joined[a]!]!) ||
      length(lefts, b) - length(lefts, a) ||
      length(rights, b) - length(rights, a),
  );
  return changed(merges, (list) => list.map((_, rank) => list[order[rank]!]!));
}

type Merges = Record<keyof ListedMerges, Int32Array<ArrayBuffer>>;

const changed = (
  { lefts, rights, joined }: Merges,
  change: (list: Int32Array<ArrayBuffer>) => Int32Array<ArrayBuffer>,
): Merges => ({ lefts: change(lefts), rights: change(rights), joined: change(joined) });

function grown(list: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * list.length);
  larger.set(list);
  return larger;
}

/** The best first, those of one score as they were. */
function inOrderOf(ids: readonly number[], scores: ArrayLike<number>): readonly number[] {
  const isSorted = ids.every((id, i) => i === 0 || scores[ids[i - 1]!]! >= scores[id]!);
  return isSorted ? ids : [...ids].sort((a, b) => compare(scores[b]!, scores[a]!));
}

/** Which of two is larger; infinities are equal to themselves. */
const compare = (a: number, b: number): number => Number(a > b) - Number(a < b);

/** Byte-pair encoding: characters joined pair by pair, the earliest merge of the list first, the leftmost of equals. */
import { listedOf } from "./listed.ts";
import { type PairRanks, PairTable } from "./pairRanks.ts";
import type { Part } from "./part.ts";
import { TextPairs } from "./textPairs.ts";
import type { TokenTable } from "./tokenTable.ts";
import type { Vocabulary } from "./vocabulary.ts";

const CACHE_SIZE = 10_000; // pieces
const LONGEST_CACHED = 256; // characters

export function openBpe(part: Part, vocabulary: Vocabulary, table: TokenTable): (piece: string) => number[] {
  const { idOf } = vocabulary;
  const prefix = String(part.continuing_subword_prefix ?? "");
  const suffix = String(part.end_of_word_suffix ?? "");
  const unk = typeof part.unk_token === "string" ? vocabulary.any(part.unk_token) : undefined;
  const { fuse_unk = false, byte_fallback = false, ignore_merges = false } = part;
  const merges = listedOf(part)?.merges ?? readMerges(part.merges, prefix.length, table);
  const ranks = "rank" in merges ? merges : new TextPairs(merges, table, prefix.length);
  const cache = new Map<string, number[]>();

  /** The ids a piece's characters begin as. */
  const symbolsOf = (piece: string): number[] => {
    const characters = [...piece];
    const ids: number[] = [];
    let inUnknown = false;
    for (const [i, character] of characters.entries()) {
      const symbol = (i > 0 ? prefix : "") + character + (i === characters.length - 1 ? suffix : "");
      const id = idOf(symbol);
      if (id !== undefined) ids.push(id);
      else {
        const bytes = byte_fallback ? vocabulary.bytesOf(symbol) : null;
        if (bytes !== null) ids.push(...bytes);
        else if (unk !== undefined && !(fuse_unk && inUnknown)) ids.push(unk);
        inUnknown = bytes === null;
        continue;
      }
      inUnknown = false;
    }
    return ids;
  };

  return (piece) => {
    const known = cache.get(piece);
    if (known !== undefined) return known;
    const whole = ignore_merges ? idOf(piece) : undefined;
    const ids = whole !== undefined ? [whole] : mergeAll(symbolsOf(piece), ranks);
    if (piece.length < LONGEST_CACHED) {
      if (cache.size >= CACHE_SIZE) cache.clear();
      cache.set(piece, ids);
    }
    return ids;
  };
}

/**
 * Merges are pairs, or texts with a space between the two; those of tokens that are not there never apply. No text is cut
 * or joined to be looked up, there are a million; and what a merge makes is looked up when it is first met.
 * @param cut characters of the right one that the joined token does not have
 */
function readMerges(merges: unknown, cut: number, table: TokenTable): PairTable {
  const list = Array.isArray(merges) ? (merges as unknown[]) : [];
  const ranks = new PairTable(list.length, (left, right) =>
    table.idOf(table.textOf(left) + table.textOf(right).slice(cut)),
  );
  for (let rank = 0; rank < list.length; rank++) {
    const merge = list[rank];
    const whole = typeof merge === "string";
    const [left, right] = whole ? [merge, merge] : (merge as [string, string]);
    if (typeof left !== "string" || typeof right !== "string")
      throw new Error(`merge ${rank} is no pair of texts`);
    const space = whole ? left.indexOf(" ") : 0;
    const to = !whole ? left.length : space < 0 ? Math.max(0, left.length - 1) : space;
    const a = table.entryOf(left, 0, to);
    if (a < 0) continue;
    const b = table.entryOf(right, whole ? space + 1 : 0);
    if (b < 0) continue;
    ranks.set(table.idAt(a), table.idAt(b), rank);
  }
  return ranks;
}

/** Joins neighbours until no merge applies. In n·log n: a text without cuts may be a megabyte long. */
function mergeAll(ids: number[], ranks: PairRanks): number[] {
  const n = ids.length;
  if (n < 2) return ids;
  const next = Int32Array.from(ids, (_, i) => i + 1);
  const previous = Int32Array.from(ids, (_, i) => i - 1);
  const offered = new Float64Array(n).fill(-1); // the rank of each one with that after it, as it is now
  const queue = new MinHeap();
  const offer = (at: number): void => {
    const after = next[at]!;
    const rank = after < n ? ranks.rank(ids[at]!, ids[after]!) : -1;
    offered[at] = rank;
    if (rank >= 0) queue.push(rank, at);
  };
  for (let i = 0; i < n - 1; i++) offer(i);
  while (queue.size > 0) {
    const { rank, at } = queue;
    queue.pop();
    if (offered[at] !== rank) continue; // the pair has changed since the entry was made
    const after = next[at]!;
    ids[at] = ranks.joined(rank);
    ids[after] = -1;
    offered[after] = -1;
    next[at] = next[after]!;
    if (next[at]! < n) previous[next[at]!] = at;
    offer(at);
    if (previous[at]! >= 0) offer(previous[at]!);
  }
  return ids.filter((id) => id >= 0);
}

/** Merges and where they apply: the smallest rank first, the leftmost of equals. Two flat lists: no object for each entry. */
class MinHeap {
  readonly #ranks: number[] = [];
  readonly #places: number[] = [];

  get size(): number {
    return this.#ranks.length;
  }

  /** Of the first. */
  get rank(): number {
    return this.#ranks[0]!;
  }

  /** Of the first. */
  get at(): number {
    return this.#places[0]!;
  }

  push(rank: number, at: number): void {
    let hole = this.size;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#isBefore(rank, at, parent)) break;
      this.#move(parent, hole);
      hole = parent;
    }
    this.#ranks[hole] = rank;
    this.#places[hole] = at;
  }

  /** Takes the first away. */
  pop(): void {
    const rank = this.#ranks.pop()!;
    const at = this.#places.pop()!;
    const { size } = this;
    if (size === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#isBefore(this.#ranks[child + 1]!, this.#places[child + 1]!, child))
        child++;
      if (this.#isBefore(rank, at, child)) break;
      this.#move(child, hole);
      hole = child;
    }
    this.#ranks[hole] = rank;
    this.#places[hole] = at;
  }

  #isBefore(rank: number, at: number, other: number): boolean {
    const known = this.#ranks[other]!;
    return rank < known || (rank === known && at < this.#places[other]!);
  }

  #move(from: number, to: number): void {
    this.#ranks[to] = this.#ranks[from]!;
    this.#places[to] = this.#places[from]!;
  }
}

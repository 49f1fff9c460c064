/** Merges by pair of ids: a hash table in flat arrays, since Gemma 3 has half a million. */

export interface Merge {
  rank: number;
  id: number; // of the joined token
}

export class PairRanks {
  readonly #mask: number;
  readonly #lefts: Int32Array; // -1: free
  readonly #rights: Int32Array;
  readonly #ranks: Int32Array;
  readonly #ids: Int32Array; // by rank

  /** @param count how many merges will be set, at most */
  constructor(count: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(8, count * 2)));
    this.#mask = size - 1;
    this.#lefts = new Int32Array(size).fill(-1);
    this.#rights = new Int32Array(size);
    this.#ranks = new Int32Array(size);
    this.#ids = new Int32Array(count);
  }

  /** A later merge of the same pair replaces the earlier one. */
  set(left: number, right: number, rank: number, id: number): void {
    const slot = this.#slot(left, right);
    this.#lefts[slot] = left;
    this.#rights[slot] = right;
    this.#ranks[slot] = rank;
    this.#ids[rank] = id;
  }

  /** -1 for a pair that never joins. */
  rank(left: number, right: number): number {
    const slot = this.#slot(left, right);
    return this.#lefts[slot] === -1 ? -1 : this.#ranks[slot]!;
  }

  /** The token that the merge of this rank makes. */
  joined(rank: number): number {
    return this.#ids[rank]!;
  }

  #slot(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (this.#lefts[slot] !== -1 && (this.#lefts[slot] !== left || this.#rights[slot] !== right))
      slot = (slot + 1) & this.#mask;
    return slot;
  }
}

/** Merges by pair of ids. */

export interface PairRanks {
  /** The smaller joins first; -1 for a pair that never joins. An exact number. */
  rank(left: number, right: number): number;
  /** The token that the merge of this rank makes, of one that `rank` has told. */
  joined(rank: number): number;
}

const FIELDS = 4; // left (-1: free), right, rank, joined, side by side: a look-up touches one place
const UNKNOWN = -1; // joined: to be looked up
const NONE = -2; // joined: there is no such token

const REMEMBERED_BITS = 15; // pairs; a text has the same ones again and again

/** What is slow to tell, told from memory: it remembers what it said of pairs, each in the one place where it may be. */
export function remembered(rank: PairRanks["rank"]): PairRanks["rank"] {
  const pairs = new Int32Array(2 << REMEMBERED_BITS).fill(-1);
  const ranks = new Float64Array(1 << REMEMBERED_BITS);
  return (left, right) => {
    const slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> (32 - REMEMBERED_BITS);
    if (pairs[2 * slot] !== left || pairs[2 * slot + 1] !== right) {
      pairs[2 * slot] = left;
      pairs[2 * slot + 1] = right;
      ranks[slot] = rank(left, right);
    }
    return ranks[slot]!;
  };
}

/** Merges of a file: a hash table in one flat array, since Gemma 3 has half a million. */
export class PairTable implements PairRanks {
  readonly #mask: number;
  readonly #table: Int32Array;
  readonly #join: (left: number, right: number) => number | undefined;
  #ids: Int32Array; // by rank

  /**
   * @param count how many merges will be set, at most
   * @param join the token that two make together, asked for when a pair is first met
   */
  constructor(count: number, join: (left: number, right: number) => number | undefined) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(8, count * 2)));
    this.#mask = size - 1;
    this.#table = new Int32Array(FIELDS * size).fill(-1);
    this.#join = join;
    this.#ids = new Int32Array(count);
  }

  /** A later merge of the same pair replaces the earlier one. */
  set(left: number, right: number, rank: number): void {
    const at = this.#slot(left, right);
    this.#table[at] = left;
    this.#table[at + 1] = right;
    this.#table[at + 2] = rank;
    this.#table[at + 3] = UNKNOWN;
  }

  rank(left: number, right: number): number {
    const at = this.#slot(left, right);
    const table = this.#table;
    if (table[at] === -1) return -1;
    if (table[at + 3] === UNKNOWN) table[at + 3] = this.#join(left, right) ?? NONE;
    if (table[at + 3] === NONE) return -1;
    const rank = table[at + 2]!;
    this.#ids[rank] = table[at + 3]!;
    return rank;
  }

  joined(rank: number): number {
    return this.#ids[rank]!;
  }

  #slot(left: number, right: number): number {
    const table = this.#table;
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & this.#mask;
    while (
      table[FIELDS * slot] !== -1 &&
      (table[FIELDS * slot] !== left || table[FIELDS * slot + 1] !== right)
    )
      slot = (slot + 1) & this.#mask;
    return FIELDS * slot;
  }
}

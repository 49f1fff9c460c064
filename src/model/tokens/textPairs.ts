/**
 * Merges by the texts of their two tokens, in flat arrays: a large tokenizer is open sooner when no token of a merge is looked up
 * before a text has the pair. Gemma 3 has half a million merges, and a text needs some thousand of them.
 */
import { type PairRanks, remembered } from "./pairRanks.ts";
import type { TextList } from "./textList.ts";
import { BASE, type TokenTable } from "./tokenTable.ts";

const NOT_ASKED = -2;
const NONE = -1;

export class TextPairs implements PairRanks {
  readonly #units: Uint16Array;
  readonly #ends: Int32Array;
  readonly #table: TokenTable;
  readonly #cut: number;
  readonly #mask: number;
  readonly #slots: Int32Array; // a rank (-1: free) and the hash of its pair, side by side: a look-up touches one place
  readonly #joined: Int32Array; // by rank

  /**
   * A later merge of the same pair replaces the earlier one.
   * @param merges their texts, left and right in turns, in the order of their rank
   * @param table whose ids are of one text each
   * @param cut characters of the right one that the joined token does not have
   */
  constructor(merges: TextList, table: TokenTable, cut: number) {
    const { units, ends, count, total } = merges;
    const ranks = count / 2;
    const size = 2 ** Math.ceil(Math.log2(Math.max(8, 2 * ranks)));
    this.#units = units.slice(0, total);
    this.#ends = ends.slice(0, count);
    this.#table = table;
    this.#cut = cut;
    this.#mask = size - 1;
    this.#slots = new Int32Array(2 * size).fill(-1);
    this.#joined = new Int32Array(ranks).fill(NOT_ASKED);
    for (let rank = 0, from = 0; rank < ranks; rank++) {
      const [middle, to] = [ends[2 * rank]!, ends[2 * rank + 1]!];
      const hash = together(hashWithin(units, from, middle), hashWithin(units, middle, to));
      const slot = this.#slotOf(hash, units, from, middle, middle, to);
      this.#slots[slot] = rank;
      this.#slots[slot + 1] = hash;
      from = to;
    }
  }

  readonly rank = remembered((left, right) => {
    const { units, ends } = this.#table;
    const [l, r] = [this.#table.entryAt(left), this.#table.entryAt(right)];
    const [a, aEnd] = [l === 0 ? 0 : ends[l - 1]!, ends[l]!];
    const [b, bEnd] = [r === 0 ? 0 : ends[r - 1]!, ends[r]!];
    const hash = together(hashWithin(units, a, aEnd), hashWithin(units, b, bEnd));
    const rank = this.#slots[this.#slotOf(hash, units, a, aEnd, b, bEnd)]!;
    if (rank >= 0 && this.#joined[rank] === NOT_ASKED) this.#joined[rank] = this.#join(left, right);
    return rank < 0 || this.#joined[rank] === NONE ? -1 : rank;
  });

  joined(rank: number): number {
    return this.#joined[rank]!;
  }

  #join(left: number, right: number): number {
    const table = this.#table;
    return table.idOf(table.textOf(left) + table.textOf(right).slice(this.#cut)) ?? NONE;
  }

  /** Where the pair of units[a, aEnd) and units[b, bEnd) stands, or a free slot. */
  #slotOf(hash: number, units: Uint16Array, a: number, aEnd: number, b: number, bEnd: number): number {
    const slots = this.#slots;
    const [own, ends] = [this.#units, this.#ends];
    let slot = 2 * ((hash ^ (hash >>> 15)) & this.#mask);
    next: for (; slots[slot] !== -1; slot = (slot + 2) & (2 * this.#mask + 1)) {
      if (slots[slot + 1] !== hash) continue;
      const rank = slots[slot]!;
      let at = rank === 0 ? 0 : ends[2 * rank - 1]!;
      if (ends[2 * rank]! - at !== aEnd - a || ends[2 * rank + 1]! - ends[2 * rank]! !== bEnd - b) continue;
      for (let i = a; i < aEnd; i++) if (own[at++] !== units[i]) continue next;
      for (let i = b; i < bEnd; i++) if (own[at++] !== units[i]) continue next;
      break;
    }
    return slot;
  }
}

function hashWithin(units: Uint16Array, from: number, to: number): number {
  let hash = 0;
  for (let i = from; i < to; i++) hash = (Math.imul(hash, BASE) + units[i]! + 1) | 0;
  return hash;
}

/** Of a pair: of "a" and "bc" another than of "ab" and "c". */
const together = (left: number, right: number): number =>
  Math.imul(Math.imul(left ^ (left >>> 15), 0x9e3779b1) + right, 0x85ebca6b) | 0;

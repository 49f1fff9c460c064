/**
 * Tokens by their text: a hash table in flat arrays. Gemma 3 has a quarter of a million tokens and half a million merges, each of
 * which looks up three texts; here none of these need be a string of its own.
 */

/** A polynomial's base, odd, so that no character's place is lost: hash(a + b) = hash(a) · BASE^|b| + hash(b), modulo 2^32. */
export const BASE = 0x01000193;
const POWERS = new Int32Array(1024);
POWERS[0] = 1;
for (let i = 1; i < POWERS.length; i++) POWERS[i] = Math.imul(POWERS[i - 1]!, BASE);

/** BASE^n modulo 2^32. */
export function power(n: number): number {
  if (n < POWERS.length) return POWERS[n]!;
  let result = POWERS[n % POWERS.length]!;
  const step = Math.imul(POWERS.at(-1)!, BASE);
  for (let left = Math.floor(n / POWERS.length); left > 0; left--) result = Math.imul(result, step);
  return result;
}

/** The hash of the UTF-16 units of text[from, to). */
export function hashOf(text: string, from = 0, to = text.length): number {
  let hash = 0;
  for (let i = from; i < to; i++) hash = (Math.imul(hash, BASE) + text.charCodeAt(i) + 1) | 0;
  return hash;
}

/** An entry is a text's place in the order of the file. Of equal texts only the last is found. */
export class TokenTable {
  readonly texts: readonly string[]; // by entry
  /** The UTF-16 units of all texts, one after another; entry e has those from ends[e - 1] to ends[e]. */
  readonly units: Uint16Array;
  readonly ends: Int32Array;
  readonly hasRepeats: boolean; // whether some texts are equal
  readonly #ids: readonly number[] | null; // by entry; null: the entry itself
  #entries: number[] | null = null; // by id, once they are asked for
  readonly #mask: number;
  readonly #slots: Int32Array; // an entry (-1: free) and its hash, side by side: a look-up touches one place

  /** @param ids of the texts; by default their places */
  constructor(texts: readonly string[], ids: readonly number[] | null = null) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(8, texts.length * 2)));
    let total = 0;
    for (let entry = 0; entry < texts.length; entry++) total += texts[entry]!.length;
    this.texts = texts;
    this.units = new Uint16Array(total);
    this.ends = new Int32Array(texts.length);
    this.#ids = ids;
    this.#mask = size - 1;
    this.#slots = new Int32Array(2 * size).fill(-1);
    let at = 0;
    let hasRepeats = false;
    for (let entry = 0; entry < texts.length; entry++) {
      const text = texts[entry]!;
      const from = at;
      let hash = 0;
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        this.units[at++] = unit;
        hash = (Math.imul(hash, BASE) + unit + 1) | 0;
      }
      this.ends[entry] = at;
      const slot = this.#slotOf(hash, from, at);
      if (this.#slots[slot] !== -1) hasRepeats = true;
      this.#slots[slot] = entry;
      this.#slots[slot + 1] = hash;
    }
    this.hasRepeats = hasRepeats;
  }

  idAt(entry: number): number {
    return this.#ids === null ? entry : this.#ids[entry]!;
  }

  entryAt(id: number): number {
    if (this.#ids === null) return id;
    if (this.#entries === null) {
      this.#entries = [];
      for (let entry = 0; entry < this.#ids.length; entry++) this.#entries[this.#ids[entry]!] = entry;
    }
    return this.#entries[id]!;
  }

  /** The text of an id. */
  textOf(id: number): string {
    return this.texts[this.entryAt(id)]!;
  }

  /** The id of a text. */
  idOf(text: string): number | undefined {
    const entry = this.entryOf(text);
    return entry < 0 ? undefined : this.idAt(entry);
  }

  /** The entry of text[from, to), whose hash may be known already; -1 where there is none. */
  entryOf(text: string, from = 0, to = text.length, hash = hashOf(text, from, to)): number {
    const { units, ends } = this;
    const slots = this.#slots;
    next: for (let slot = this.#first(hash); slots[slot] !== -1; slot = this.#after(slot)) {
      if (slots[slot + 1] !== hash) continue;
      const entry = slots[slot]!;
      const begin = entry === 0 ? 0 : ends[entry - 1]!;
      if (ends[entry]! - begin !== to - from) continue;
      for (let i = from; i < to; i++) if (units[begin + i - from] !== text.charCodeAt(i)) continue next;
      return entry;
    }
    return -1;
  }

  /** The entry of the text that is units[from, to), a part of another token; -1 where there is none. */
  entryWithin(from: number, to: number, hash: number): number {
    return this.#slots[this.#slotOf(hash, from, to)]!;
  }

  /** The entry of the text that two entries' texts make together; -1 where there is none. */
  entryOfBoth(left: number, right: number): number {
    const { units, ends } = this;
    const slots = this.#slots;
    const [a, aEnd] = [left === 0 ? 0 : ends[left - 1]!, ends[left]!];
    const [b, bEnd] = [right === 0 ? 0 : ends[right - 1]!, ends[right]!];
    let hash = 0;
    for (let i = a; i < aEnd; i++) hash = (Math.imul(hash, BASE) + units[i]! + 1) | 0;
    for (let i = b; i < bEnd; i++) hash = (Math.imul(hash, BASE) + units[i]! + 1) | 0;
    next: for (let slot = this.#first(hash); slots[slot] !== -1; slot = this.#after(slot)) {
      if (slots[slot + 1] !== hash) continue;
      const entry = slots[slot]!;
      let at = entry === 0 ? 0 : ends[entry - 1]!;
      if (ends[entry]! - at !== aEnd - a + bEnd - b) continue;
      for (let i = a; i < aEnd; i++) if (units[at++] !== units[i]) continue next;
      for (let i = b; i < bEnd; i++) if (units[at++] !== units[i]) continue next;
      return entry;
    }
    return -1;
  }

  /** In UTF-16 units. */
  lengthAt(entry: number): number {
    return this.ends[entry]! - (entry === 0 ? 0 : this.ends[entry - 1]!);
  }

  /** Every text that can be found, with its id, in the order of the file. */
  forEach(tell: (text: string, id: number) => void): void {
    const found = new Uint8Array(this.texts.length);
    for (let slot = 0; slot < this.#slots.length; slot += 2)
      if (this.#slots[slot] !== -1) found[this.#slots[slot]!] = 1;
    for (let entry = 0; entry < found.length; entry++)
      if (found[entry] === 1) tell(this.texts[entry]!, this.idAt(entry));
  }

  /** Where units[from, to) stand, or a free slot. */
  #slotOf(hash: number, from: number, to: number): number {
    const { units, ends } = this;
    const slots = this.#slots;
    let slot = this.#first(hash);
    next: for (; slots[slot] !== -1; slot = this.#after(slot)) {
      if (slots[slot + 1] !== hash) continue;
      const entry = slots[slot]!;
      const begin = entry === 0 ? 0 : ends[entry - 1]!;
      if (ends[entry]! - begin !== to - from) continue;
      for (let i = from; i < to; i++) if (units[begin + i - from] !== units[i]) continue next;
      break;
    }
    return slot;
  }

  #first(hash: number): number {
    return 2 * ((Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 7) & this.#mask);
  }

  #after(slot: number): number {
    return (slot + 2) & (2 * this.#mask + 1);
  }
}

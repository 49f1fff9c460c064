/** Many texts in flat arrays: as strings of their own, a million of them would cost more than reading the file. */

const CHUNK = 8192; // units; arguments of one call

export class TextList {
  units = new Uint16Array(1024); // UTF-16
  ends = new Int32Array(1024);
  count = 0;

  /** Adds text[from, to). */
  add(text: string, from = 0, to = text.length): void {
    let at = this.total;
    while (at + to - from > this.units.length)
      this.units = grown(this.units, new Uint16Array(2 * this.units.length));
    if (this.count === this.ends.length) this.ends = grown(this.ends, new Int32Array(2 * this.count));
    for (let i = from; i < to; i++) this.units[at++] = text.charCodeAt(i);
    this.ends[this.count++] = at;
  }

  /** Units of all texts. */
  get total(): number {
    return this.count === 0 ? 0 : this.ends[this.count - 1]!;
  }

  /** The texts as parts of one string. */
  strings(): string[] {
    const chunks: string[] = [];
    for (let at = 0; at < this.total; at += CHUNK) {
      const some: ArrayLike<number> = this.units.subarray(at, Math.min(at + CHUNK, this.total));
      chunks.push(String.fromCharCode.apply(null, some as number[])); // a lone surrogate stays what it is
    }
    const whole = chunks.join("");
    const texts: string[] = [];
    for (let i = 0; i < this.count; i++)
      texts.push(whole.substring(i === 0 ? 0 : this.ends[i - 1]!, this.ends[i]!));
    return texts;
  }
}

function grown<T extends Uint16Array | Int32Array>(list: T, larger: T): T {
  larger.set(list);
  return larger;
}

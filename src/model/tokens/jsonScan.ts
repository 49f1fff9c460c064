/** Walks through JSON without making objects of it. It is strict: what it passes over as a text or a list is one. */

/** What this reader leaves to JSON.parse: another form, or no JSON at all. */
export class Unusual extends Error {}

export const [QUOTE, COMMA, COLON, SPACE] = [0x22, 0x2c, 0x3a, 0x20];
export const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];
const [BACKSLASH, ZERO, NINE] = [0x5c, 0x30, 0x39];
const MAX_DIGITS = 9; // of a token's id

/** @throws Unusual, in every method */
export class JsonScan {
  readonly text: string;
  at = 0;
  /** The text last read, without its quotes, and whether it has escapes. */
  from = 0;
  to = 0;
  escaped = false;

  constructor(text: string) {
    this.text = text;
  }

  /** The first character that is no white space; NaN at the end. */
  next(): number {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.at++;
    }
  }

  take(code: number): void {
    if (this.next() !== code) throw new Unusual();
    this.at++;
  }

  string(): void {
    this.take(QUOTE);
    const { text } = this;
    this.from = this.at;
    this.escaped = false;
    for (let i = this.at; ; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) {
        this.to = i;
        this.at = i + 1;
        return;
      }
      if (code === BACKSLASH) {
        this.escaped = true;
        i++;
      } else if (!(code >= SPACE)) throw new Unusual();
    }
  }

  /** The text last read. @throws SyntaxError for an escape that JSON does not have */
  said(): string {
    const { text, from, to } = this;
    return this.escaped ? (JSON.parse(text.slice(from - 1, to + 1)) as string) : text.slice(from, to);
  }

  /** A whole number from 0. */
  integer(): number {
    const first = this.next();
    const begin = this.at;
    let value = 0;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (!(code >= ZERO && code <= NINE)) break;
      value = 10 * value + code - ZERO;
      this.at++;
    }
    const digits = this.at - begin;
    if (digits === 0 || digits > MAX_DIGITS || (first === ZERO && digits > 1)) throw new Unusual();
    return value;
  }

  /** Each item of a list or object, between `open` and `close`. */
  each(open: number, close: number, item: () => void): void {
    this.take(open);
    if (this.next() === close) {
      this.at++;
      return;
    }
    for (;;) {
      item();
      if (this.next() !== COMMA) break;
      this.at++;
    }
    this.take(close);
  }

  /** Each member of an object: `visit` passes over its value. */
  members(visit: (key: string) => void): void {
    this.each(OBJECT, OBJECT_END, () => {
      this.string();
      const key = this.said();
      this.take(COLON);
      visit(key);
    });
  }

  /** Passes over a value, whose brackets are counted and no more: whether it is JSON must be found out otherwise. */
  skip(): void {
    let depth = 0;
    do {
      const code = this.next();
      if (code === QUOTE) {
        this.string();
        continue;
      }
      if (Number.isNaN(code)) throw new Unusual();
      if (code === LIST || code === OBJECT) depth++;
      else if (code === LIST_END || code === OBJECT_END) depth--;
      if (depth === 0 && code !== LIST_END && code !== OBJECT_END) this.#scalar();
      else this.at++;
    } while (depth > 0);
  }

  /** A number, true, false or null, up to what follows it. */
  #scalar(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (!(code > SPACE) || code === COMMA || code === LIST_END || code === OBJECT_END) return;
      this.at++;
    }
  }
}

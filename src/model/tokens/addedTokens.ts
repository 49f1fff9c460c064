/** Added tokens: found in text as they are written, before anything else happens to it. */
import { ENDS_WITH_SPACE, STARTS_WITH_SPACE, WORD } from "./unicode.ts";

export interface AddedToken {
  id: number;
  content: string;
  special: boolean; // markup: only a template writes it
  single_word: boolean; // found only as a word by itself
  lstrip: boolean; // takes the white space before it
  rstrip: boolean; // takes the white space after it
  normalized: boolean; // looked for after the text has been normalised
}

/** A stretch of text: a token, or what lies between two. */
export interface Section {
  text: string;
  at: number; // where it begins
  token: AddedToken | null;
}

interface Node {
  children: Map<number, Node>; // by UTF-16 unit
  token: AddedToken | null;
}

const ENDS_WITH_WORD = new RegExp(`[${WORD}]$`, "u");
const STARTS_WITH_WORD = new RegExp(`^[${WORD}]`, "u");

/** What finds tokens in text: the leftmost first, of those the longest. With `markup` false, special ones are passed over. */
export type Finder = (text: string, markup: boolean) => Section[];

/** @param tokens by the text that is looked for */
export function openFinder(tokens: readonly { text: string; token: AddedToken }[]): Finder {
  const root: Node = { children: new Map(), token: null };
  for (const { text, token } of tokens) {
    let node = root;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const child: Node = node.children.get(unit) ?? { children: new Map(), token: null };
      node.children.set(unit, child);
      node = child;
    }
    if (node !== root) node.token = token;
  }

  const longestAt = (text: string, at: number): { token: AddedToken; end: number } | null => {
    let found = null;
    let node = root.children.get(text.charCodeAt(at));
    for (let i = at + 1; node !== undefined; node = node.children.get(text.charCodeAt(i++))) {
      if (node.token !== null) found = { token: node.token, end: i };
      if (i >= text.length) break;
    }
    return found;
  };

  return (text, markup) => {
    const sections: Section[] = [];
    let done = 0;
    for (let at = 0; at < text.length; ) {
      const found = longestAt(text, at);
      if (found === null) {
        at++;
        continue;
      }
      const { token } = found;
      let [start, end] = [at, found.end];
      at = end;
      if (token.special && !markup) continue;
      if (
        token.single_word &&
        (ENDS_WITH_WORD.test(text.slice(Math.max(0, start - 2), start)) ||
          STARTS_WITH_WORD.test(text.slice(end, end + 2)))
      )
        continue;
      if (token.lstrip)
        start = Math.max(done, start - (ENDS_WITH_SPACE.exec(text.slice(done, start))?.[0].length ?? 0));
      if (token.rstrip) end += STARTS_WITH_SPACE.exec(text.slice(end))?.[0].length ?? 0;
      if (start > done) sections.push({ text: text.slice(done, start), at: done, token: null });
      sections.push({ text: text.slice(start, end), at: start, token });
      done = end;
    }
    if (done < text.length) sections.push({ text: text.slice(done), at: done, token: null });
    return sections;
  };
}

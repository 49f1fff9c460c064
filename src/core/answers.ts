/** When two answers are the same, and when a text names one (method.md §4): one place for questions and rewards. */

const WORD = /[\p{L}\p{M}\p{N}_]/u;

/** A form in which two answers are compared: NFKC, lower case, outer punctuation and spaces removed (method.md §2). */
export const normalise = (text: string): string => split(text.normalize("NFKC").toLowerCase()).inner;

/** Whether two free answers are the same: as they stand, else by what they say with their signs kept. */
export function sameAnswer(a: string, b: string): boolean {
  if (plain(a) === plain(b)) return true;
  const meaning = meaningOf(a);
  return meaning !== "" && meaning === meaningOf(b);
}

/**
 * The option that an answer is: the one that reads the same, else the only one that says the same. Undefined where there
 * is none, or where it could be several.
 */
export function optionMeant(options: readonly string[], answer: string): string | undefined {
  const distinct = [...new Set(options)];
  if (distinct.includes(answer)) return answer;
  const alike = distinct.filter((option) => plain(option) === plain(answer));
  const meant = alike.length > 0 ? alike : distinct.filter((option) => sameAnswer(option, answer));
  return meant.length === 1 ? meant[0] : undefined;
}

/** Whether there is anything in an answer: words, or signs that are more than punctuation. */
export const saysSomething = (answer: string): boolean => meaningOf(answer) !== "";

/**
 * Whether `text` names `answer`: its words stand there as whole words ("female" does not name "male") and with the same
 * signs ("C++" does not name "C", "−5" not "5"). In scripts that put no spaces between words, and in Korean, where endings
 * are attached, standing there is enough.
 */
export function names(text: string, answer: string): boolean {
  const sought = spaced(meaningOf(answer) || plain(answer));
  if (sought === "") return false;
  const where = spaced(folded(text));
  for (let at = where.indexOf(sought); at >= 0; at = where.indexOf(sought, at + 1)) {
    if (beginsWhole(where, at, sought) && endsWhole(where, at + sought.length, sought)) return true;
  }
  return false;
}

/** Trimmed, NFC, and every minus and hyphen the same. */
const plain = (text: string): string =>
  text
    .normalize("NFC")
    .replace(/[‐‑−﹣－]/g, "-")
    .trim();

/** NFKC in lower case, but with superscripts still told apart: x² is x^2, not x2. */
const folded = (text: string): string =>
  plain(text)
    .replace(/[²³¹⁰ⁱ⁴-ⁿ]+/g, (raised) => `^${raised}`)
    .normalize("NFKC")
    .replaceAll("\u2212", "-") // a raised minus becomes one
    .toLowerCase();

const spaced = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Characters outside a word that belong to an answer: currency, mathematical signs but arrows, and these. */
const SIGN = /(?![←-⇿])[\p{Sc}\p{Sm}%‰‱#§¶&@/\\°♀♂♭♮′‴^*]/u;

/** What an answer says: `normalise`, and what stands round it and changes its meaning, without the spaces between. */
function meaningOf(answer: string): string {
  const { before, inner, after } = split(folded(answer));
  if (inner === "") return [...before].filter((c) => c === "-" || SIGN.test(c)).join("");
  const interval =
    /[([\]]\s*$/.test(before) && /^\s*[)\]]/.test(after) && /\d\s*[,;]\s*[-+]?[\d∞]/.test(inner);
  if (interval && !/^\d{1,3}(,\d{3})+$/.test(inner))
    return spaced(before + inner + after).replaceAll(" ", "");
  const signs = unpaired(leading(before, inner), trailing(before, after));
  // A price is the same whichever side its currency stands on.
  const currency = (signs.before + signs.after).match(/\p{Sc}/gu)?.join("") ?? "";
  const rest = (text: string): string => text.replace(/\p{Sc}/gu, "");
  return currency + rest(signs.before) + inner + rest(signs.after);
}

/** The signs before a word. A hyphen counts where it is attached, or stands before a number; a dot as a decimal point. */
function leading(before: string, inner: string): string {
  const number = /^\.?\d/.test(inner);
  const text = number ? before.replace(/[‒–](?=\s*\p{Sc}?\s*\.?$)/u, "-") : before;
  let signs = "";
  const characters = [...text];
  for (const [i, c] of characters.entries()) {
    const next = characters[i + 1];
    if (SIGN.test(c)) signs += c;
    else if (c === "-" && (number || next === undefined || !/\s/.test(next))) signs += c;
    else if (c === "." && next === undefined && characters[i - 1] !== ".") signs += c;
  }
  return signs;
}

/** The signs after a word. A hyphen counts where it is attached; a quote that none opened is a foot, a minute, an inch. */
function trailing(before: string, after: string): string {
  const measure = /^["”]/.test(after) ? "″" : /^['’]/.test(after) ? "′" : "";
  const attached = /^-+/.exec(after)?.[0] ?? "";
  const signs = [...after].filter((c) => SIGN.test(c)).join("");
  return (/["'“”‘’„‚«‹]/.test(before) ? "" : measure) + attached + signs;
}

/** Without the marks that stand on both sides: *emphasis*, $mathematics$, ~~struck~~. */
function unpaired(before: string, after: string): { before: string; after: string } {
  let pairs = 0;
  while (/[*$~]/.test(before[pairs] ?? "") && before[pairs] === after[after.length - 1 - pairs]) pairs++;
  return { before: before.slice(pairs), after: after.slice(0, after.length - pairs) };
}

/** The text from its first to its last word character, and what stands round that. Linear in its length. */
function split(text: string): { before: string; inner: string; after: string } {
  const from = text.search(WORD);
  if (from < 0) return { before: text, inner: "", after: "" };
  let to = text.length;
  for (;;) {
    const low = text.charCodeAt(to - 1);
    const size = low >= 0xdc00 && low <= 0xdfff && to - from > 1 ? 2 : 1; // half of a pair
    if (WORD.test(text.slice(to - size, to))) break;
    to -= size;
  }
  return { before: text.slice(0, from), inner: text.slice(from, to), after: text.slice(to) };
}

/** Scripts whose words stand without spaces, or with endings attached: a boundary cannot be told. */
const UNSPACED =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u;

const isWord = (c: string): boolean => WORD.test(c) && c !== "_" && !UNSPACED.test(c);
const isDigit = (c: string): boolean => /\p{N}/u.test(c);

/** No word goes on to the left of `at`, and no sign there makes it another answer. */
function beginsWhole(text: string, at: number, sought: string): boolean {
  const [first = ""] = sought;
  const previous = lastOf(text, at);
  if (!WORD.test(first)) return !SIGN.test(previous) && previous !== "-";
  if (isWord(first) && isWord(previous)) return false;
  const word = lastOf(text, at - previous.length);
  if (previous === "-") return WORD.test(word); // a hyphen, not a sign
  if (isDigit(first) && /[.,]/.test(previous) && isDigit(word)) return false; // 5 in 2.5
  return !/[\p{Sc}#+^@]/u.test(previous);
}

/** No word goes on at `at`, and no sign there makes it another answer. */
function endsWhole(text: string, at: number, sought: string): boolean {
  const last = lastOf(sought, sought.length);
  const rest = text.slice(at, at + 4);
  const [next = "", then = ""] = rest;
  if (!WORD.test(last)) return !SIGN.test(next);
  if (isWord(last) && isWord(next)) return false;
  if (next === "-") return WORD.test(then);
  if (isDigit(last) && (/^[.,]\d/.test(rest) || /^ ?[%‰°\p{Sc}]/u.test(rest))) return false;
  return !/[\p{Sc}#+^%°]/u.test(next);
}

/** The character that ends at `at`. */
const lastOf = (text: string, at: number): string =>
  [...text.slice(Math.max(0, at - 2), Math.max(0, at))].at(-1) ?? "";

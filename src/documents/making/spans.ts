/** Answers first: stretches of a sentence that a question can ask for (docs/lab.md 1c B). */
import type { Span, SpanType } from "../../core/facts.ts";
import { isForeign, type Language } from "./language.ts";
import type { Names, Run } from "./names.ts";

export const MASK = "·";
const MOST_WORDS = 6;
const MOST_SPANS = 3; // of a sentence

/**
 * Spans of one sentence, never overlapping, the surest types first, three at most.
 * @param title of its document, whose words are what the sentence is about and no answers
 */
export function findSpans(sentence: string, title: string, language: Language, names: Names): Span[] {
  const found: Span[] = [];
  const free = (begin: number, end: number) => found.every((span) => end <= span.begin || begin >= span.end);
  const add = (type: SpanType, begin: number, text: string, head: string | null = null) => {
    const end = begin + text.length;
    const words = text.trim().split(/\s+/).length;
    if (text.trim() === "" || words > MOST_WORDS || !free(begin, end) || stands(text, title)) return;
    found.push({ type, begin, end, text, head, ...frameOf(sentence, begin, end, title) });
  };
  for (const { type, pattern } of patterns(language, isForeign(sentence)))
    for (const match of sentence.matchAll(pattern)) {
      const text = match.groups?.span ?? match[0];
      if (type === "quantity" && isOfName(sentence.slice(0, match.index), language)) continue;
      add(type, match.index + match[0].indexOf(text), text);
    }
  for (const run of names.runsIn(sentence, language))
    if (
      !isAttribute(run, sentence, language) &&
      names.isName(run.text) &&
      !isShared(run, sentence, names) &&
      !isListed(run, sentence, names) &&
      !language.months.includes(run.text) &&
      (language.name !== "other" || standsAlone(run, sentence))
    )
      add("name", run.begin, run.text, run.head);
  if (language.name === "en")
    for (const match of sentence.matchAll(nounPattern(language))) {
      const text = match.groups!.span ?? match.groups!.opening!; // the pattern is one or the other
      add("noun", match.index + match[0].lastIndexOf(text), text);
    }
  return found.sort((a, b) => a.begin - b.begin).slice(0, MOST_SPANS);
}

const COUNTED: Record<Language["name"], RegExp> = {
  en: /(?<![\p{L}\d.,-])(?<span>\d{1,3}(?:[ ,.]\d{3})+|\d{2,6})(?! (?:was|is|has|as|its|this)\b)(?= (?:\p{Ll}+ )?\p{Ll}{2,}s\b)/gu,
  // What could be a year is one, but behind "mehr als" and such.
  de: /(?<![\p{L}\d.,-]|[\p{L}\d]\. )(?<span>\d{1,3}(?:[ .]\d{3})+|(?!1[5-9]\d\d|20\d\d)\d{2,6}|(?<=(?:als|über|etwa|rund|fast|knapp|circa|ungefähr|insgesamt) )\d{4})(?= (?:\p{Ll}+ )?\p{Lu}\p{Ll}{2,})/gu,
  other: /(?<![\d.,-])(?<span>\d{1,3}(?:,\d{3})+|\d{2,6})(?= ?(?:以上の)?[個人名台枚回件種本社])/gu,
};
/** "Motorola 68000", "Debian 10": a number of a name counts nothing. */
function isOfName(left: string, { name, stop, placePrepositions }: Language): boolean {
  const [, word = ""] = /(?:^|\s)(\p{Lu}\p{L}*) $/u.exec(left) ?? [];
  const small = word.toLowerCase();
  const opens = left.length === word.length + 1;
  return (
    name === "en" &&
    word !== "" &&
    !(
      opens &&
      (stop.has(small) ||
        placePrepositions.has(small) ||
        /^(?:over|about|some|nearly|almost|exactly|only)$/.test(small))
    )
  );
}

const YEAR = /(?<![\d.,-])(?:1\d{3}|20\d{2})(?![\p{L}\d-]|[.,]\d)/gu;
const CJK_YEAR = /(?<![\d.,-])(?:1\d{3}|20\d{2})(?= ?[年년](?![間代]))/gu;

function patterns({ name, months }: Language, foreign: boolean): { type: SpanType; pattern: RegExp }[] {
  const month = `(?:${months.join("|")})`;
  const day = "(?:\\d{1,2}(?:st|nd|rd|th|\\.)?)";
  const dated = [
    `${month} ${day},? (?:of )?\\d{4}`,
    `${day} (?:of )?${month},? \\d{4}`,
    `${month},? \\d{4}`,
    "\\d{4}-\\d{2}-\\d{2}",
    "\\d{4} ?年 ?\\d{1,2} ?月(?: ?\\d{1,2} ?日)?",
  ];
  return [
    { type: "date", pattern: new RegExp(`(?<![\\p{Lu}\\p{Ll}\\d])(?:${dated.join("|")})(?!\\d)`, "gu") },
    {
      type: "money",
      pattern: /(?:[$€£¥]\s?\d[\d,.]*\d|\d[\d,.]*\s?(?:[$€£¥]|dollars|euros?|pounds))/giu,
    },
    { type: "percent", pattern: /\d+(?:[.,]\d+)?\s?(?:%|percent|Prozent)/giu },
    { type: "quantity", pattern: COUNTED[name] },
    { type: "year", pattern: foreign ? CJK_YEAR : YEAR },
    { type: "month", pattern: new RegExp(`(?<!\\d\\.? )\\b${month}\\b(?! \\d)`, "gu") }, // a day's is no answer without it
    { type: "quoted", pattern: /[“„«"](?<span>[^”“„«»"]{2,60})[”“»"]/gu },
  ];
}

/** "the GNOME community", "on Open Source systems", "Motorola 68000": a name that only tells which one is meant is no answer. */
function isAttribute(
  run: Run,
  sentence: string,
  { name, determiners, placePrepositions, stop, auxiliaries }: Language,
): boolean {
  const right = sentence.slice(run.begin + run.text.length);
  if (name === "other") return false;
  if (/^ \d/.test(right)) return true;
  if (name === "de") return /^ (?:von|der|des) \p{Lu}/u.test(right); // "Vereinigten Staaten von Amerika"
  const [, second = "", first = ""] =
    /(?:(\p{L}+) )?(\p{L}+) $/u.exec(sentence.slice(0, run.begin).toLowerCase()) ?? [];
  const after = /^ (\p{Ll}+)/u.exec(right)?.[1] ?? "";
  const noun =
    after !== "" &&
    ![stop, auxiliaries, placePrepositions, JOINING].some((list) => list.has(after)) &&
    !/(?:ed|ly)$/.test(after);
  if (noun && /^(?:and|or)$/.test(first) && /[^s]s$/.test(after)) return true; // "PowerPC and ARM architectures"
  const placed =
    JOINING.has(first) || placePrepositions.has(first) || /^(?:of|for|on|with|by|as)$/.test(first);
  return noun && (determiners.has(first) || (determiners.has(second) && !stop.has(first)) || placed);
}

/** "Free and Open Source Software": half of two names that share their noun. */
function isShared({ text, begin }: Run, sentence: string, names: Names): boolean {
  const [, other = ""] = /(?:^|\s)(\p{Lu}\p{L}*) (?:and|or|und|oder) $/u.exec(sentence.slice(0, begin)) ?? [];
  const [, next = ""] =
    /^ (?:and|or|und|oder) (\p{Lu}\p{L}*(?: \p{Lu}\p{L}*)+)/u.exec(sentence.slice(begin + text.length)) ?? [];
  return (
    (other !== "" && text.includes(" ") && names.isKnown(`${other} ${text.split(" ").at(-1)}`)) ||
    (next !== "" && !text.includes(" ") && names.isKnown(`${text} ${next.split(" ").at(-1)}`))
  );
}

/** One of many in a row, "x86, ARM, MIPS and others": any of them would do. */
const isListed = ({ text, begin }: Run, sentence: string, names: Names): boolean =>
  /[\p{L}\d], $/u.test(sentence.slice(0, begin)) &&
  /^(?:, \p{Lu}|,? (?:and|or|und|oder) \p{Lu})/u.test(sentence.slice(begin + text.length)) &&
  !names.isPerson(text) &&
  !names.isPlace(text);

const JOINING: ReadonlySet<string> = new Set(
  "until since before after when while where who whose because through during between but if nor over under about using via per also both then there again out up down off than although though without within against".split(
    " ",
  ),
);

/** Among letters of another script a name by itself may be any foreign word; with a title behind it, or of two words, it is one. */
const standsAlone = ({ text, begin }: Run, sentence: string): boolean =>
  !isForeign(sentence) ||
  text.includes(" ") ||
  /^ ?(?:さん|氏|様|社|大学|先生|博士|씨|先生)/u.test(sentence.slice(begin + text.length));

/** The noun a determiner brings to a stop or a preposition: "plays the zither.", "has a stag on its flag"; or begins with. */
const nounPattern = ({ determiners, auxiliaries }: Language): RegExp => {
  const some = [...determiners].join("|");
  const noun = `(?!(?:${some})\\b)\\p{L}[\\p{L}\\p{M}-]{2,}(?: \\p{Ll}[\\p{L}\\p{M}-]{2,})?`;
  return new RegExp(
    `\\b(?:${some}|for|of|sells|called) (?<span>${noun})(?=[.;,!?]|$| on | at | auf )|^(?:An?|Eine?) (?<opening>\\p{L}[\\p{L}\\p{M}-]{2,})(?= (?:${[...auxiliaries].join("|")}) )`,
    "giu",
  );
};

function frameOf(
  sentence: string,
  begin: number,
  end: number,
  title: string,
): Pick<Span, "before" | "after"> {
  const masked = new Set(title.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? []);
  const words = (text: string) =>
    (text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+|[.;,!?]/gu) ?? []).map((word) =>
      masked.has(word) ? MASK : word,
    );
  return { before: words(sentence.slice(0, begin)).slice(-2), after: words(sentence.slice(end)).slice(0, 1) };
}

const stands = (text: string, title: string): boolean => {
  const words = (part: string) => part.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const of = new Set(words(title));
  return words(text).length > 0 && words(text).every((word) => of.has(word));
};

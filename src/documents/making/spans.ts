/** Answers first: stretches of a sentence that a question can ask for (docs/lab.md 1c B). */
import type { Span, SpanType } from "../../core/facts.ts";
import type { Language } from "./language.ts";

export const MASK = "·";
const MOST_WORDS = 6;
const MOST_SPANS = 3; // of a sentence

/** What names a corpus knows: capitalised runs that stand inside sentences, in titles, or more than once. */
export interface Names {
  isName(run: string): boolean; // and may be an answer
  isKnown(run: string): boolean; // stands inside sentences or in a title, whatever for
  isPerson(name: string): boolean;
  isPlace(name: string): boolean;
}

/** What a name is of, as far as the words around it tell; null where they do not. */
export type NameKind = "person" | "place" | null;

export const kindOf = ({ type, text }: Pick<Span, "type" | "text">, names: Names): NameKind =>
  type !== "name" ? null : names.isPerson(text) ? "person" : names.isPlace(text) ? "place" : null;

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
  for (const { type, pattern } of patterns(language))
    for (const match of sentence.matchAll(pattern)) {
      const text = match.groups?.span ?? match[0];
      add(type, match.index + match[0].indexOf(text), text);
    }
  for (const match of sentence.matchAll(RUN)) {
    const run = trimRun(match[0], match.index, sentence, language);
    if (
      run &&
      !isAttribute(run, sentence, language) &&
      names.isName(run.text) &&
      !language.months.includes(run.text)
    )
      add("name", run.begin, run.text, run.head);
  }
  for (const match of sentence.matchAll(nounPattern(language))) {
    const text = match.groups!.span ?? match.groups!.opening!; // the pattern is one or the other
    add("noun", match.index + match[0].lastIndexOf(text), text);
  }
  return found.sort((a, b) => a.begin - b.begin).slice(0, MOST_SPANS);
}

function patterns({ months }: Language): { type: SpanType; pattern: RegExp }[] {
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
    {
      type: "quantity",
      pattern: /(?<![\p{L}\d.,-])(?<span>\d{1,3}(?:[ ,.]\d{3})+|\d{2,6})(?= (?:\p{Ll}+ )?\p{Ll}{2,}s\b)/gu,
    },
    { type: "year", pattern: /(?<![\d.,-])(?:1\d{3}|20\d{2})(?![\d-]|[.,]\d)/gu },
    { type: "month", pattern: new RegExp(`(?<!\\d\\.? )\\b${month}\\b(?! \\d)`, "gu") }, // a day's is no answer without it
    { type: "quoted", pattern: /[“„«"](?<span>[^”“„«»"]{2,60})[”“»"]/gu },
  ];
}

/** Capitalised words in a row, with particles between them and the stop of an initial. */
export const RUN =
  /\p{Lu}[\p{Lu}\p{Ll}\p{M}’'-]*(?:(?: (?:de|del|di|da|van|von|der|of the|of|la|le)|(?<=(?<!\p{L})\p{Lu})\.)? \p{Lu}[\p{Lu}\p{Ll}\p{M}’'-]*)*/gu;

/** What stands behind the name of a company and is none. */
const COMPANY = /^(?:Inc|Ltd|Corp|Co|LLC|GmbH|AG|KG|SE|e\.?V)$/u;

/** A run without the article or preposition that only begins the sentence; the noun before it, if one stands there. */
const HEAD = /^(?!first|second|third|last|next|only|same|late)\p{L}{2,}(?<!th|st|s)$/iu; // a noun in the singular, as far as its end tells

function trimRun(run: string, at: number, sentence: string, language: Language) {
  // Part of an address, a version or a compound: "i-Connect.Net", "Debconf15".
  if (
    /[\p{Lu}\p{Ll}\d./@_-]$/u.test(sentence.slice(0, at)) ||
    /^(?:[\d_/@-]|\.\p{L})/u.test(sentence.slice(at + run.length))
  )
    return null;
  let [text, begin] = [run.replace(/(?<=\p{L})[’']s?$/u, ""), at]; // "Debian’s" is Debian
  if (COMPANY.test(text) || (/\d $/.test(sentence.slice(0, at)) && /^\p{Lu}+$/u.test(text))) return null; // "17:00 UTC"
  const first = /^\S+/.exec(text)![0];
  const opening = first.toLowerCase();
  const opens = begin === 0 || /[“"„«(]\s*$/.test(sentence.slice(0, begin));
  if (
    opens &&
    [
      language.determiners,
      language.pronouns,
      language.pointers,
      language.placePrepositions,
      language.stop,
    ].some((list) => list.has(opening))
  ) {
    const rest = text.slice(first.length).trimStart();
    if (rest === "") return null;
    begin += text.length - rest.length;
    text = rest;
  }
  const before =
    /(?:^|\s)(?:the|The|der|die|das|Der|Die|Das) (\p{L}+) $/u.exec(sentence.slice(0, begin))?.[1] ?? null;
  return { text, begin, head: before !== null && HEAD.test(before) ? before : null };
}

/** "the GNOME community", "its Linux division": a name that only tells which one is meant is no answer. */
const isAttribute = (
  run: { text: string; begin: number },
  sentence: string,
  { determiners, stop, auxiliaries }: Language,
): boolean => {
  const [, second = "", first = ""] =
    /(?:(\p{L}+) )?(\p{L}+) $/u.exec(sentence.slice(0, run.begin).toLowerCase()) ?? [];
  const after = /^ (\p{Ll}+)/u.exec(sentence.slice(run.begin + run.text.length))?.[1] ?? "";
  const noun = after !== "" && !stop.has(after) && !auxiliaries.has(after) && !/(?:ed|ly)$/.test(after);
  return noun && (determiners.has(first) || (determiners.has(second) && !stop.has(first)));
};

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

/** Prepositions of places only: people too are learned from and gone to. */
const STANDING: ReadonlySet<string> = new Set(["in", "at", "near", "bei"]);

/** Gathers the names of a corpus from all its sentences. */
export function findNames(
  sentences: readonly string[],
  titles: readonly string[],
  language: Language,
): Names {
  const inside = new Set<string>();
  const counts = new Map<string, number>();
  const persons = new Map<string, number>();
  const places = new Map<string, number>();
  const add = (map: Map<string, number>, name: string) => map.set(name, (map.get(name) ?? 0) + 1);
  for (const sentence of sentences) {
    let placed: number | null = null; // where the name of a place has just ended
    for (const match of sentence.matchAll(RUN)) {
      const run = trimRun(match[0], match.index, sentence, language);
      if (run === null) continue;
      add(counts, run.text);
      if (run.begin > 0) inside.add(run.text);
      const before = /(\p{L}+) $/u.exec(sentence.slice(0, run.begin))?.[1]?.toLowerCase() ?? "";
      const [next = "", second = ""] = sentence.slice(run.begin + run.text.length).match(/\p{L}+/gu) ?? [];
      const within = placed !== null && sentence.slice(placed, run.begin) === ", "; // "in Toronto, Canada"
      placed = null;
      if (STANDING.has(before) || within) {
        add(places, run.text);
        placed = run.begin + run.text.length;
      }
      if (
        language.by.has(before) ||
        language.persons.has(next) ||
        (language.auxiliaries.has(next) && language.suffered.has(second))
      )
        add(persons, run.text);
    }
  }
  const known = new Set(titles);
  // What every tenth sentence names is what the documents are about, and no answer.
  const subject = (run: string) => sentences.length >= 50 && (counts.get(run) ?? 0) > sentences.length / 10;
  const several = (run: string) => (language.name === "de" ? run.includes(" ") : true);
  const more = (a: Map<string, number>, b: Map<string, number>, name: string) =>
    (a.get(name) ?? 0) > (b.get(name) ?? 0);
  return {
    // German writes every noun with a capital: there a name is a run of two, or a title.
    // A single word that only ever begins sentences may be any word.
    isName: (run) =>
      !subject(run) &&
      (known.has(run) ||
        (several(run) && (inside.has(run) || (run.includes(" ") && (counts.get(run) ?? 0) >= 2)))),
    isKnown: (run) => known.has(run) || inside.has(run),
    isPerson: (name) => more(persons, places, name),
    isPlace: (name) => more(places, persons, name),
  };
}

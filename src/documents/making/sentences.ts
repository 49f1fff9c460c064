/** Which sentences a question may be made of: whole statements that say whom they are about (docs/lab.md 1c A). */
import type { ReadPassage } from "../../core/facts.ts";
import { sentences } from "../../core/sentences.ts";
import { isForeign, type Language, OTHER } from "./language.ts";

export interface Statement {
  passage: number;
  title: string;
  text: string; // with its subject written in where a pronoun stood
  original: string; // as the passage has it
  language: Language;
}

const LEAST_WORDS = 5;
const MOST_WORDS = 40;

/** The statements of the passages, in order, each sentence once. */
export function statementsOf(passages: readonly ReadPassage[], language: Language): Statement[] {
  const seen = new Set<string>();
  return passages.flatMap(({ title, text }, passage) => {
    const all = sentences(text);
    const own = isForeign(text) ? OTHER : language;
    return all.flatMap((original, i): Statement[] => {
      if (seen.has(original)) return []; // passages overlap
      seen.add(original);
      const said = withSubject(original, all[i - 1], own);
      return said === null || !isStatement(said, own)
        ? []
        : [{ passage, title: title ?? "", text: said, original, language: own }];
    });
  });
}

function isStatement(text: string, language: Language): boolean {
  const words = text.split(/\s+/);
  if (language.name !== "other" && (words.length < LEAST_WORDS || words.length > MOST_WORDS)) return false;
  if (!/[.!。！।]["'”’»)]*$/u.test(text) || /^["'“”’„«([•–—-]/u.test(text)) return false; // a quotation, a list line, a caption
  if (/: |\?|:\s*$|\.{3}|…|\bhttps?:|\t/u.test(text)) return false;
  const small = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  // "This release", "at that time", "we": what they mean stands in another sentence.
  if (
    language.name === "en" &&
    (POINTING.test(text) || FURTHER.test(text) || ONE_OF_MANY.test(text) || isSomebodyElse(text))
  )
    return false;
  if (language.name === "de" && POINTING_DE.test(text)) return false;
  const first = small[0] ?? "";
  if (language.pointers.has(first) || /^(?:and|but|or|so|und|aber|oder)$/.test(first)) return false;
  // The first clause may not rest on somebody who was named before.
  return !words
    .slice(0, 3)
    .some(
      (word) =>
        language.pronouns.has(word.toLowerCase().replace(/[^\p{L}]/gu, "")) &&
        !language.determiners.has(word.toLowerCase()),
    );
}

const POINTING =
  /\b(?:this|these|those|that (?:time|year|day)|at the time|the (?:very )?same (?:time|day|month|year)|we|us|our|I|my|you|your)\b/iu;

const POINTING_DE =
  /^[»›]|\b(?:diese[mnrs]?|jene[mnrs]?|solche[mnrs]?|danach|damals|zuvor|wir|uns|unsere?\w*|ich)\b/iu;

/** "Two more were added": to what, another sentence says. */
const FURTHER = /^\S+ (?:more|new|other|further|additional)\b/u;

/** "The release was frozen", "added to the release" with no name before it: which one, another sentence says. */
const ONE_OF_MANY =
  /^(?:[^\p{Lu}]|(?<![\p{L}\p{Nd}] )\p{Lu})*\b[Tt]he (?:\p{Ll}+ )?(?:release|version|edition|project|name|event|conference|meeting|company|organi[sz]ation|team|group|system|decision|announcement|book|film|article|author|winner|process|period|change|port|problem|idea|work|result|former|latter)\b(?! (?:of|that|which|who|for|called|named|between|to)\b| \p{Lu})/u;

/** "During his time, Debian grew": he and she stand behind the name they mean. */
function isSomebodyElse(text: string): boolean {
  const pronoun = /\b(?:he|him|his|she|her|hers)\b/iu.exec(text);
  return (
    pronoun !== null &&
    !/(?:^|[^\p{L}])\p{Lu}\p{L}+/u.test(text.slice(0, pronoun.index).replace(/^\S+ /, lessOpening))
  );
}

/** A first word that only begins the sentence has its capital from that. */
const lessOpening = (first: string): string =>
  /^(?:The|An?|In|On|At|When|While|After|Before|During|With|By|For|From|As|Most|Many|Some|All|Since|Until|Although|Because|If) $/.test(
    first,
  )
    ? ""
    : first;
const SUBJECT = /^(\p{Lu}[\p{L}\p{M}’'-]*(?: \p{Lu}[\p{L}\p{M}’'-]*)*) \p{Ll}/u;

/** A sentence that begins with a pronoun takes the only subject of the one before; null where that has none or several. */
function withSubject(
  text: string,
  before: string | undefined,
  { pronouns, determiners, stop }: Language,
): string | null {
  const first = /^\p{L}+/u.exec(text)?.[0] ?? "";
  if (!pronouns.has(first.toLowerCase())) return text;
  const subject = SUBJECT.exec(before ?? "")?.[1];
  if (subject === undefined || stop.has(subject.toLowerCase()) || determiners.has(subject.toLowerCase()))
    return null;
  const others = (before!.slice(subject.length).match(/(?<=[\p{Ll},] )\p{Lu}\p{L}+/gu) ?? []).length;
  if (others > 0) return null;
  const possessive = determiners.has(first.toLowerCase());
  return `${subject}${possessive ? "’s" : ""}${text.slice(first.length)}`;
}

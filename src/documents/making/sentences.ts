/** Which sentences a question may be made of: whole statements that say whom they are about (docs/lab.md 1c A). */
import type { ReadPassage } from "../../core/facts.ts";
import { sentences } from "../../core/sentences.ts";
import type { Language } from "./language.ts";

export interface Statement {
  passage: number;
  title: string;
  text: string; // with its subject written in where a pronoun stood
  original: string; // as the passage has it
}

const LEAST_WORDS = 5;
const MOST_WORDS = 40;

/** The statements of the passages, in order, each sentence once. */
export function statementsOf(passages: readonly ReadPassage[], language: Language): Statement[] {
  const seen = new Set<string>();
  return passages.flatMap(({ title, text }, passage) => {
    const all = sentences(text);
    return all.flatMap((original, i): Statement[] => {
      if (seen.has(original)) return []; // passages overlap
      seen.add(original);
      const said = withSubject(original, all[i - 1], language);
      return said === null || !isStatement(said, language)
        ? []
        : [{ passage, title: title ?? "", text: said, original }];
    });
  });
}

function isStatement(text: string, language: Language): boolean {
  const words = text.split(/\s+/);
  if (language.name !== "other" && (words.length < LEAST_WORDS || words.length > MOST_WORDS)) return false;
  if (!/[.!。！।]["'”’»)]*$/u.test(text) || /^["'“„«([•–—-]/u.test(text)) return false; // a quotation, a list line, a caption
  if (/: |\?|:\s*$|\.{3}|…|\bhttps?:|\t/u.test(text)) return false;
  const small = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  // "This release", "at that time", "we": what they mean stands in another sentence.
  if (language.name === "en" && POINTING.test(text)) return false;
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

const POINTING = /\b(?:this|these|those|that time|at the time|we|us|our|I|my|you|your)\b/iu;
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

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
    return all.flatMap((original, i): Statement[] => {
      if (seen.has(original)) return []; // passages overlap
      seen.add(original);
      const own = isForeign(original) ? OTHER : language;
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
  if ((!isForeign(text) && /^\d/u.test(text)) || !isBalanced(text)) return false; // "1.3 Bo, released in …" is a list line, too
  const small = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  // "This release", "at that time", "we": what they mean stands in another sentence.
  if (language.name === "en" && EN_ELSEWHERE.some((pattern) => pattern.test(text))) return false;
  if (language.name === "en" && isSomebodyElse(text, EN_SOMEBODY)) return false;
  if (language.name === "de" && (POINTING_DE.test(text) || isSomebodyElse(text, DE_SOMEBODY))) return false;
  if (
    isForeign(text) &&
    (POINTING_JA.test(text) ||
      !isWholeJapanese(text) ||
      text.length < LEAST_LETTERS ||
      text.length > MOST_LETTERS)
  )
    return false;
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

/** Half a bracket or quotation is half a sentence. */
function isBalanced(text: string): boolean {
  const count = (sign: string) => text.split(sign).length;
  return ["()", "[]", "（）", "「」", "『』"].every(([open, close]) => count(open!) === count(close!));
}

const POINTING =
  /\b(?:this|these|those|that (?:time|year|day)|at the time|the (?:very )?same (?:time|day|month|year)|we|us|our|I|my|you|your)\b/iu;

/** "had just been appointed", "in addition", "however": when, and to what, another sentence says. */
const LINKED =
  /^(?:In addition|Also|Finally|Meanwhile|Later|Soon|Afterwards?|Eventually|Instead|Similarly|For (?:example|instance)|As (?:a result|of now|such))\b|\b(?:had|has|have|was|is|were) just\b|, (?:however|therefore|though|too),|\b(?:now|today|currently|recently|so far|to date|nowadays)\b/iu;

/** "Two more were added": to what, another sentence says. */
const FURTHER = /^\S+ (?:more|new|other|further|additional)\b/u;

/** "The release was frozen", "added to the release" with no name before it: which one, another sentence says. */
const ONE_OF_MANY =
  /^(?:[^\p{Lu}]|(?<![\p{L}\p{Nd}] )\p{Lu})*\b[Tt]he (?:\p{Ll}+ )?(?:release|version|edition|project|name|event|conference|meeting|company|organi[sz]ation|team|group|system|decision|announcement|book|film|article|author|winner|process|period|change|port|problem|idea|work|result|former|latter)\b(?! (?:of|that|which|who|for|called|named|between|to)\b| \p{Lu})/u;

/** "to participate in the conference.": which one, no name before it says. */
const SOME_EVENT =
  /\b(?:in|at|of|to|during|after|before) the (?:conference|meeting|event|ceremony|festival)(?=[.,;])/u;

const EN_ELSEWHERE = [POINTING, LINKED, FURTHER, ONE_OF_MANY, SOME_EVENT];

const POINTING_DE =
  /^[»›]|\b(?:diese[mnrs]?|jene[mnrs]?|solche[mnrs]?|danach|damals|zuvor|wir|uns|unsere?\w*|ich|jetzt|heute|derzeit|momentan|gegenwärtig|jedoch|allerdings|ebenfalls|(?:nächst|folgend|vorherig|vorig|vergangen)e[nmrs]?)\b|^(?:Insgesamt )?(?:Mehr als|Über|Etwa|Rund|Ungefähr) \d|^(?:Zum|Zur|Bei|Nach|Vor|Während|In|Mit|Seit)(?: de[rmn])? (?:Zeitpunkt der )?(?:Veröffentlichung|Version|Ausgabe|Konferenz|Veranstaltung)(?:szeitpunkt)? (?!von|der|des)|(?:an|bei|auf|von|nach|vor|während) der (?:Konferenz|Veranstaltung|Versammlung) (?!von|der|des|namens|über|in)/iu;

/** "この", "その", "また", "しかし": what they mean stands in another sentence. */
const POINTING_JA =
  /^(?:[このそあ]の|[こそあ]れ|[こそあ]こ|[こそ]うし|また|さらに|しかし|そして|次に|後に|同|当時|我々|私|これら|それ|ただし|なお|例えば|すなわち|つまり|彼|なぜなら|次期)|この頃|その[後他直際]|彼[らのはが女]|私|[このそあ]の(?:リリース|版|時|年|日|ため|ような)|^リリース時/u;
/** With kana: to its own full stop, and with a topic or a whole name that does something: without one it goes on with the last sentence's. */
const isWholeJapanese = (text: string): boolean =>
  !/[\p{sc=Hira}\p{sc=Kana}]/u.test(text) ||
  (/[。！][」』）]*$/u.test(text) &&
    /は|\p{Lu}[\p{L}.]* \p{L}[^ ]*? ?(?:\([^)]*\))?さん(?:が|によって)/u.test(text));
const LEAST_LETTERS = 15; // of a sentence in a script without spaces
const MOST_LETTERS = 160;

const EN_SOMEBODY = /\b(?:he|him|his|she|her|hers|it)\b/iu;
const DE_SOMEBODY = /(?<!\p{L})(?:er|ihn|ihm|sein(?:e[mnrs]?)?|ihre?[mnrs]?)(?!\p{L})/iu;

/** "During his time, Debian grew": he and she stand behind the name they mean. */
function isSomebodyElse(text: string, pronouns: RegExp): boolean {
  const pronoun = pronouns.exec(text);
  if (pronoun === null) return false;
  const raw = text.slice(0, pronoun.index);
  const before = raw.replace(/^The /, "the ").replace(/^\S+ /, lessOpening);
  if (/^it$/i.test(pronoun[0]))
    return !/(?:^|\P{L})\p{Lu}\p{L}+/u.test(before) && !/\b(?:the|an?)\b/iu.test(before);
  // "The Debian Project honours his work": what has an article is nobody.
  return (
    !/(?<!\p{L}|the )\p{Lu}\p{L}+ (?:\p{Lu}\. )?(?:von |van |de )?\p{Lu}/u.test(before) && !isGivenName(raw)
  );
}

/** "Peter was a relative newcomer, but his …" */
const isGivenName = (before: string): boolean => {
  const first = /^(?:\p{Lu}\p{Ll}+) (?=\p{Ll})/u.exec(before)?.[0] ?? "";
  return first !== "" && lessOpening(first) !== "" && !DE_OPENING.test(first);
};

/** A first word that only begins the sentence has its capital from that. */
const lessOpening = (first: string): string =>
  /^(?:The|An?|In|On|At|When|While|After|Before|During|With|By|For|From|As|Most|Many|Some|All|Since|Until|Although|Because|If) $/.test(
    first,
  )
    ? ""
    : first;
const DE_OPENING =
  /^(?:Der|Die|Das|Den|Dem|Ein|Eine|Im|In|Am|An|Als|Bei|Mit|Nach|Vor|Seit|Zu|Zum|Zur|Während|Obwohl|Viele|Alle|Es|Auch|Von|Um|Aus|Für|Durch|Wegen|Da|Weil|Wenn|Mehrere|Einige) $/u;

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

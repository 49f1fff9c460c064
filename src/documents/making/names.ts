/** The names of a corpus: which capitalised runs are names, what they are of, and which of them may be answers (docs/lab.md 1c B). */
import type { NameKind, Span } from "../../core/facts.ts";
import type { Language } from "./language.ts";

/** What names a corpus knows: capitalised runs that stand inside sentences, in titles, or more than once. */
export interface Names {
  runsIn(sentence: string, language: Language): Run[];
  isName(run: string): boolean; // and may be an answer
  isKnown(run: string): boolean; // stands inside sentences or in a title, whatever for
  isPerson(name: string): boolean;
  isPlace(name: string): boolean; // regions too
  isRegion(name: string): boolean;
}

/** A capitalised run as it stands in a sentence. */
export interface Run {
  text: string;
  begin: number;
  head: string | null; // the noun before it: "river" in "the river Saixwater"
}

export const kindOf = ({ type, text }: Pick<Span, "type" | "text">, names: Names): NameKind =>
  type !== "name"
    ? null
    : names.isPerson(text)
      ? "person"
      : names.isPlace(text)
        ? names.isRegion(text)
          ? "region"
          : "place"
        : null;

const WORD = "\\p{Lu}[\\p{Lu}\\p{Ll}\\p{M}’'-]*";
/** Capitalised words in a row, with particles between them and the stop of an initial. */
const runPattern = (particles: string): RegExp =>
  new RegExp(`${WORD}(?:(?: (?:${particles})|(?<=(?<!\\p{L})\\p{Lu})\\.)? ${WORD})*`, "gu");
export const RUN = runPattern("de|del|di|da|van|von|der|of the|of|la|le");
const GERMAN_RUN = runPattern("de|del|di|da|van|von|la|le"); // "Mitglied der GNOME-Foundation" is no name

/** What stands behind the name of a company and is none. */
const THING = /^(?:CD|DVD|PC|TV|CPU|RAM|USB|PDF|URL|ISO|[KMGT]B|[MG]Hz)(?:-ROM)?$/u;
const COMPANY = /^(?:Inc|Ltd|Corp|Co|LLC|GmbH|AG|KG|SE|e\.?V)$/u;

/** A run without the article or preposition that only begins the sentence; the noun before it, if one stands there. */
const HEAD = /^(?!first|second|third|last|next|only|same|late)\p{L}{2,}(?<!th|st|s)$/iu; // a noun in the singular, as far as its end tells

function trimRun(run: string, at: number, sentence: string, language: Language, nouns: Nouns): Run | null {
  // Part of an address, a version or a compound: "i-Connect.Net", "Debconf15".
  if (
    /[\p{Lu}\p{Ll}\d./@_-]$/u.test(sentence.slice(0, at)) ||
    /^(?:[\d_/@-]|\.\p{L})/u.test(sentence.slice(at + run.length))
  )
    return null;
  let [text, begin] = [run.replace(/(?<=\p{L})[’']s?$/u, ""), at]; // "Debian’s" is Debian
  if (COMPANY.test(text) || (/\d $/.test(sentence.slice(0, at)) && /^\p{Lu}+$/u.test(text))) return null; // "17:00 UTC"
  if (/^\p{Lu}{2,}s$|-$/u.test(text) || THING.test(text)) return null; // "PCs", "SPARC-"
  const first = /^\S+/.exec(text)![0];
  const opening = first.toLowerCase();
  const opens = begin === 0 || /[“"„«(]\s*$/.test(sentence.slice(0, begin));
  if (opens && openers(language).some((list) => list.has(opening))) {
    const rest = text.slice(first.length).trimStart();
    if (rest === "") return null;
    begin += text.length - rest.length;
    text = rest;
  }
  // "Software in the Public Interest" is one name, of which no half is.
  if (
    / in the $/.test(sentence.slice(0, begin)) &&
    /\p{Lu}[\p{L}-]* in the $/u.test(sentence.slice(0, begin))
  )
    return null;
  if (/^ in the \p{Lu}/u.test(sentence.slice(begin + text.length))) return null;
  if (language.name === "de") return germanRun({ text, begin, head: null }, sentence, nouns);
  const before = /(?:^|\s)(?:the|The) (\p{L}+) $/u.exec(sentence.slice(0, begin))?.[1] ?? null;
  return { text, begin, head: before !== null && HEAD.test(before) ? before : null };
}

const openers = ({ determiners, pronouns, pointers, placePrepositions, stop }: Language) => [
  determiners,
  pronouns,
  pointers,
  placePrepositions,
  stop,
];

// ---- German: every noun has a capital ----

/** Words of a corpus that are nouns, and those that stand there without a capital too; lower case. */
type Nouns = ReadonlySet<string>;

const BEFORE_NOUNS = new RegExp(
  `(?<!\\p{L})(?:${[
    "d(?:er|ie|as|en|em|es)|(?:k?ein|mein|sein|ihr|unser|dies|jed|jen|welch|viel|all|einig|mehrer|manch)(?:e[rnms]?)?",
    "im|am|zum|zur|beim|vom|ins|ans|mehr|weniger|pro|\\d+",
    "(?:\\p{Ll}+(?:ig|isch|lich|bar|haft|los)|erst|zweit|dritt|nächst|letzt|neu|alt|groß|klein|ander|weiter|gut|stark|frei|lang|hoh|kurz|gesamt)e[rnms]?",
    "\\p{Ll}+(?:end|ig|t)e[rnms]",
  ].join("|")}) (\\p{Lu}[\\p{L}-]+)`,
  "gu",
);
const NOUN_END =
  /(?:ung(?:en)?|heit|keit|schaft(?:en)?|ion(?:en)?|tät(?:en)?|leiters?|wicklers?n?|anteile?|-\p{Lu}\p{Ll}+)$/u;

function germanNouns(sentences: readonly string[]): Nouns {
  const nouns = new Set<string>();
  for (const sentence of sentences) {
    const small = sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
    for (const [, noun] of small.matchAll(BEFORE_NOUNS)) nouns.add(noun!.toLowerCase());
    // What stands there in lower case too is a word, not a name: "freier Software" beside "Freie Software".
    for (const [word] of sentence.matchAll(/(?<!\p{L})\p{Ll}{4,}/gu)) nouns.add(word);
  }
  return nouns;
}

const isNoun = (word: string, nouns: Nouns): boolean =>
  NOUN_END.test(word) ||
  [word, word.replace(/(?:e?s|e?n)$/u, "")].some((form) => nouns.has(form.toLowerCase()));

/** Without the nouns at its ends, of which the first may be its head: "des Films Toy Story" is the film Toy Story. */
function germanRun({ text, begin }: Run, sentence: string, nouns: Nouns): Run | null {
  let words = text.split(" ");
  let head: string | null = null;
  while (words.length > 0 && (isNoun(words[0]!, nouns) || /^\p{Ll}/u.test(words[0]!))) {
    head = words[0]!;
    begin += head.length + 1;
    words = words.slice(1);
  }
  while (words.length > 0 && (isNoun(words.at(-1)!, nouns) || /^\p{Ll}/u.test(words.at(-1)!)))
    words = words.slice(0, -1);
  if (words.length === 0 || words.some((word) => isNoun(word, nouns) && !/^\p{Ll}/u.test(word))) return null;
  const plain = words.join(" ");
  const article = /(?:^|\s)(?:der|die|das|Der|Die|Das) (?:\p{L}+ )?$/u.test(sentence.slice(0, begin));
  return { text: plain, begin, head: article && head !== null && /^\p{Lu}/u.test(head) ? head : null };
}

/** "in Heidelberg, Deutschland", "in Toronto (Kanada)": a single word that is a place's name, in German too. */
const PLACED = /^(?:, \p{Lu}| \(\p{Lu})/u;

// ---- all of a corpus ----

/** Prepositions of places only: people too are learned from and gone to. */
const STANDING: ReadonlySet<string> = new Set(["in", "at", "near", "bei"]);

/** "Frans Pop (fjp)": people have another name in brackets. */
const NICKNAME =
  /^ \((?:\p{Ll}[\p{L}\d]*|\p{Lu}\p{Ll}+\p{Lu}\p{Ll}+|(?:who was |also |better |auch )+(?:known|bekannt) (?:as|als) \p{L}+)\)/u;
/** "Software Foundation", "Purdue University": nobody, whatever it does. */
const ORGANISATION =
  /(?:^|\s)(?:Foundation|Project|Society|University|Software|Systems?|Team|Association|Corporation|Company|Institute|Group|Party|Club|School|Church|Museum|Cent(?:er|re)|Conference|Department|Stiftung|Universität|Verein|Gesellschaft|Linux)$/u;
const ABOUT_SOMEBODY = /^ ?(?:さん|氏|先生)|^,? (?:who|whose|whom|der auch|die auch)\b|^ (?:and|und) his\b/u;

/** Gathers the names of a corpus from all its sentences. */
export function findNames(
  sentences: readonly string[],
  titles: readonly string[],
  language: Language,
): Names {
  const nouns = language.name === "de" ? germanNouns(sentences) : new Set<string>();
  const runsIn = (sentence: string, of: Language): Run[] =>
    [...sentence.matchAll(of.name === "de" ? GERMAN_RUN : RUN)].flatMap(
      (match) => trimRun(match[0], match.index, sentence, of, nouns) ?? [],
    );
  const inside = new Set<string>();
  const placed = new Set<string>();
  const counts = new Map<string, number>();
  const persons = new Map<string, number>();
  const places = new Map<string, number>();
  const regions = new Map<string, number>(); // those of the places that stand behind another: "in Toronto, Canada"
  const add = (map: Map<string, number>, name: string) => map.set(name, (map.get(name) ?? 0) + 1);
  for (const sentence of sentences) {
    let end: number | null = null; // where the name of a place has just ended
    for (const run of runsIn(sentence, language)) {
      add(counts, run.text);
      if (run.begin > 0) inside.add(run.text);
      const after = sentence.slice(run.begin + run.text.length);
      const before = /(\p{L}+) $/u.exec(sentence.slice(0, run.begin))?.[1]?.toLowerCase() ?? "";
      const thing = /(?:^|\s)(?:[Tt]he|[Dd](?:er|ie|as|em|en|es)) $/u.test(sentence.slice(0, run.begin));
      const nick = run.text.includes(" ") && NICKNAME.test(after);
      const [next = "", second = ""] = after.replace(NICKNAME, "").match(/\p{L}+/gu) ?? [];
      const within = end !== null && sentence.slice(end, run.begin) === ", "; // "in Toronto, Canada"
      end = null;
      if (STANDING.has(before) || within) {
        add(places, run.text);
        end = run.begin + run.text.length;
        if (within) add(regions, run.text);
        if (within || PLACED.test(after)) placed.add(run.text);
      }
      if (thing || ORGANISATION.test(run.text)) continue; // "the Free Software Foundation plays a part"
      if (
        nick ||
        ABOUT_SOMEBODY.test(after) ||
        (language.by.has(before) && run.text.includes(" ")) || // "preceded by DebCamp"
        language.persons.has(next) ||
        (language.auxiliaries.has(next) && language.suffered.has(second))
      )
        add(persons, run.text);
    }
  }
  const known = new Set(titles);
  const more = (a: Map<string, number>, b: Map<string, number>, name: string) =>
    (a.get(name) ?? 0) > (b.get(name) ?? 0);
  // "Ian Jackson" is a person where "Ian Murdock" is.
  const given = new Set(
    [...persons.keys()].flatMap((name) =>
      name.includes(" ") && more(persons, places, name) ? [name.split(" ")[0]!] : [],
    ),
  );
  // What every tenth sentence names is what the documents are about, and no answer.
  const subject = (run: string) => sentences.length >= 50 && (counts.get(run) ?? 0) > sentences.length / 10;
  const about = new Set(titles.flatMap((title) => title.match(/\p{Lu}\p{L}+/gu) ?? []));
  const ends = (run: string) => [run.split(" ")[0]!, run.split(" ").at(-1)!];
  const german = (run: string) =>
    placed.has(run) ||
    (run.includes(" ") &&
      !ends(run).some((word) => subject(word) || about.has(word)) &&
      !partsOf(run).some((part) => counts.has(part)));
  const isPerson = (name: string) =>
    more(persons, places, name) ||
    (name.includes(" ") && given.has(name.split(" ")[0]!) && !places.has(name));
  return {
    runsIn,
    // German writes every noun with a capital: there a name is a run of two, a place, or a title.
    // A single word that only ever begins sentences may be any word.
    isName: (run) =>
      !subject(run) &&
      (known.has(run) ||
        ((language.name !== "de" || german(run)) &&
          (inside.has(run) || (run.includes(" ") && (counts.get(run) ?? 0) >= 2)))),
    isKnown: (run) => known.has(run) || inside.has(run),
    isPerson,
    isPlace: (name) => more(places, persons, name),
    isRegion: (name) => 2 * (regions.get(name) ?? 0) > (places.get(name) ?? 0),
  };
}

/** The shorter runs of two words and more in a run: "Wichert Akkerman Ian Jackson" has "Ian Jackson". */
function partsOf(run: string): string[] {
  const words = run.split(" ");
  return words.flatMap((_, from) =>
    words.flatMap((__, to) =>
      to - from >= 1 && to - from < words.length - 1 ? [words.slice(from, to + 1).join(" ")] : [],
    ),
  );
}

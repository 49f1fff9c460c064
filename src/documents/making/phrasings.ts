/** The question by rule: every phrasing of a fact that the sentence allows (docs/lab.md 1c C). */
import type { Phrasing, Rule, Span } from "../../core/facts.ts";
import type { Language } from "./language.ts";
import type { Names } from "./names.ts";

export const GAP = "____";
const LEAST_WORDS = 4;
const MOST_WORDS = 30;
const OUTSIDE = /\b(?:the (?:text|passage)|above|below|der (?:Text|Abschnitt)|oben|unten)\b/i;

/** All phrasings, in the order of the rules; none that gives its answer away or asks of nothing. */
export function phrasingsOf(sentence: string, span: Span, language: Language, names: Names): Phrasing[] {
  const parts = {
    left: sentence.slice(0, span.begin),
    right: sentence.slice(span.end).replace(/[.!…]["”’»)]*\s*$/u, ""),
    span,
    language,
    names,
  };
  const made: (Phrasing | null)[] = [
    definition(parts),
    inversion(parts),
    ...(language.name === "en" ? [subject(parts), agent(parts), moved(parts)] : []),
    language.name === "other" ? null : inPlace(parts),
    { text: `${parts.left}${GAP}${sentence.slice(span.end)}`, rule: "cloze" },
  ];
  const texts = new Set<string>();
  return made.filter((phrasing): phrasing is Phrasing => {
    if (phrasing === null || !isGood(phrasing, span, language) || texts.has(phrasing.text)) return false;
    texts.add(phrasing.text);
    return true;
  });
}

interface Parts {
  left: string;
  right: string; // without the full stop
  span: Span;
  language: Language;
  names: Names;
}

const asked = (text: string, rule: Rule): Phrasing => {
  const whole = text
    .replace(/\s+/g, " ")
    .replace(/ ([,;.?])/g, "$1")
    .trim();
  return { text: `${whole[0]!.toUpperCase()}${whole.slice(1).replace(/[,;:]$/, "")}?`, rule };
};

/** "X is a Y" asked from Y's side: "Which term means a Y?" */
function definition({ left, right, span, language }: Parts): Phrasing | null {
  if (span.type !== "term" || left.trim() !== "") return null;
  const meaning = /^ (?:is|are|means|ist|sind|bedeutet) (.+)$/u.exec(right)?.[1];
  return meaning === undefined
    ? null
    : { text: language.mean.replace("{definition}", meaning), rule: "definition" };
}

/** "The mentor of S was V." → "Who was the mentor of S?" */
function inversion({ left, right, span, language, names }: Parts): Phrasing | null {
  const { copula, nominal } = copulaOf(left, language);
  if (copula === null || right !== "") return null;
  const article = /(?:\s|^)(?:a|an|the|ein|eine|der|die|das)$/iu;
  const wh = span.type === "name" && names.isPerson(span.text) ? language.who : language.whatThing;
  return article.test(nominal) || /\b(?:that of|in|at)$/.test(nominal)
    ? null
    : asked(`${wh} ${copula} ${lowerFirst(nominal, language)}`, "inversion");
}

function copulaOf(left: string, language: Language): { copula: string | null; nominal: string } {
  const match =
    language.name === "de"
      ? /^((?:Der|Die|Das) .+?) (ist|war|sind|waren) $/u.exec(left)
      : /^(The .+? of .+?) (is|was|are|were) (?:a |an |the )?$/u.exec(left);
  return { copula: match?.[2] ?? null, nominal: match?.[1] ?? "" };
}

/** The answer is the sentence's subject: "V founded S." → "Who founded S?" */
function subject({ left, right: after, span, language, names }: Parts): Phrasing | null {
  const right = withoutAlias(after);
  if (!/^(?:The |A |An )?(?:\p{L}+ )?$/u.test(left) || !/^ (?!and|or)\p{Ll}/u.test(right)) return null;
  if (left !== "" && span.head === null && !/^(?:The|An?) $/.test(left)) return null;
  const wh = span.head
    ? `${language.which} ${span.head}`
    : isSomebody(span, names)
      ? language.who
      : span.type === "noun" || span.type === "name"
        ? language.whatThing
        : null;
  return wh === null ? null : asked(`${wh}${right}`, "inversion");
}

const REGULAR =
  /^(?:founded|built|taught|led|created|invented|painted|announced|developed|maintained|released|organized|organised|hosted|opened|named|designed|published|discovered|won|made|bought|sold|held)$/;

/** "S was founded by V." → "Who founded S?": where participle and past are one word. */
function agent({ left, right, span, language, names }: Parts): Phrasing | null {
  const match = /^(.+?) (?:was|were) (\p{Ll}+) by (?:the )?$/u.exec(left);
  if (!match || right !== "" || !REGULAR.test(match[2]!)) return null;
  const wh = isSomebody(span, names) ? language.who : language.whatThing;
  return asked(`${wh} ${match[2]} ${lowerFirst(match[1]!, language)}`, "inversion");
}

/** "S was born in Y." → "In which town was S born?": the auxiliary changes places with its subject. */
function moved({ left, right, span, language, names }: Parts): Phrasing | null {
  const place = /^(.*?) (\p{Ll}+) ((?:the )?(?:\p{Ll}+ )?)$/u.exec(left);
  if (!place || right.trim() !== "") return null;
  const [, clause, preposition, noun] = place as unknown as [string, string, string, string];
  if (!/^(?:in|at|on|from|by|near|for|with|to|through|since|until|during)$/.test(preposition)) return null;
  if (noun !== "" && noun.trim() !== "the" && !sameNoun(noun, span)) return null;
  if (/(?:^|\s)(?:that|which|who|whose|where|when|while|because|if|to)\s/u.test(clause)) return null; // whose verb is it?
  const words = clause.split(" ");
  const at = words.findIndex((word) => language.auxiliaries.has(word));
  if (at < 1 || /[,;:]/.test(clause)) return null;
  const who = words.slice(0, at).join(" ");
  return asked(
    `${preposition} ${whPhrase(span, preposition, language, names)} ${words[at]} ${lowerFirst(who, language)} ${words.slice(at + 1).join(" ")}`,
    "inversion",
  );
}

/** The sentence with a typed question word where the answer stood: "S was born in which town?" */
function inPlace({ left, right: after, span, language, names }: Parts): Phrasing | null {
  const right = span.type === "name" ? withoutAlias(after) : after;
  if (!standsFree(left, right, span)) return null;
  const preposition = /(\p{L}+) (?:\p{L}+ )?$/u.exec(left)?.[1]?.toLowerCase() ?? "";
  const direct = /(\p{L}+) $/u.exec(left)?.[1]?.toLowerCase() ?? "";
  let before = left;
  const nearest = span.type === "date" || language.placePrepositions.has(direct) || language.by.has(direct);
  if (span.type === "name" && span.head === null && !names.isPerson(span.text) && !names.isPlace(span.text))
    return null; // who or what?
  if (span.type === "name" && names.isPlace(span.text) && /\p{L}, $/u.test(left)) return null; // "in Toronto, Canada": what is asked for?
  const person = span.type === "name" && span.head === null && names.isPerson(span.text);
  if (person && language.name === "de" && !germanPerson(left, right, language)) return null;
  const wh = person
    ? ACCUSATIVE.has(direct)
      ? "wen"
      : !OBLIQUE.has(direct) && (isDoing(right, language) || direct === "")
        ? language.who
        : language.whom
    : whPhrase(span, nearest ? direct : preposition, language, names);
  // The words that the question word stands for go: "in the year 1774", "the river Saixwater", "a beekeeper".
  if (span.type === "year")
    before = before.replace(/(?:the year|im Jahre?) $/u, language.name === "de" ? "in " : "");
  if (span.head)
    before = before.replace(new RegExp(`(?:the|der|die|das) ${literally(span.head)} $`, "iu"), "");
  else if (span.type === "noun" || span.type === "name")
    before = before.replace(/(?<=^|\s)(?:an?|the|its|his|her|their|eine?[nmr]?|der|die|das|den|dem) $/iu, "");
  // "Around 8 CET on May 3rd, the tower fell" → "The tower fell around 8 CET on which date?"
  if (language.name === "en" && /^, ?[^,]+/.test(right) && OPENING_PHRASE.test(before))
    return asked(`${right.slice(1).trim()} ${before[0]!.toLowerCase()}${before.slice(1)}${wh}`, "wh");
  if (/^, /.test(right) && /, /.test(before) && span.type !== "name") return null; // "During the fair, in July, the …"
  // "in Toronto, Canada" → "in which place in Canada"
  const country = wh === language.whichPlace ? right.replace(/^, (?=\p{Lu})/u, " in ") : right;
  if (language.name === "de" && country !== right && /^ in \p{Lu}[\p{L}-]* (?:\p{Lu}|von )/u.test(country))
    return null; // "in den Vereinigten Staaten"
  if (language.name !== "de") return asked(`${before}${wh}${country}`, "wh");
  if (/(?:Mitte|Anfang|Ende|Jahres) $/u.test(before)) return null; // "Mitte welches Jahres": the case would change
  return asked(`${apart(before)}${wh === language.howMany ? howMany(before) : wh}${country}`, "wh");
}

/** Words that lead up to a date at a sentence's beginning, without a verb that is known to be one. */
const OPENING_PHRASE =
  /^(?:In|On|At|Around|About|By|Since|Until|Before|After|From|Starting)(?: [^,\s]+){0,4} $/u;

/** In a list, in brackets, behind a dash and in an apposition a question word cannot stand. */
const standsFree = (left: string, right: string, { type }: Span): boolean =>
  !/[([/]$|[-–—] ?$/u.test(left) &&
  !/^ ?[-–—/)\]]/u.test(right) &&
  !(type === "year" && /, $/.test(left)) &&
  !(type === "quantity" && /(?:ible|able|ous|ful|ive) $/.test(left)) && // "for incredible 19 years"
  !(type !== "year" && /(?<!\p{L})(?:und|oder|sowie) (?:d(?:er|ie|as|em|en) )?$/iu.test(left)) &&
  !(type === "name" && (/\b(?:and|or|known as) (?:the )?$/iu.test(left) || /^, who\b/.test(right))) &&
  !(type === "name" && /^,? (?:and|or|und|oder|sowie) (?:\p{Lu}|the |de[rmn] |die |das )/u.test(right));

/** Whose case is known: who begins a sentence and does something, or stands behind a preposition of one case. */
const germanPerson = (left: string, right: string, language: Language): boolean =>
  /(?:^|\s)(?:von|mit|bei|zu|durch|für|gegen|ohne) $/iu.test(left) ||
  (left === "" && isDoing(right, language) && !/^,/.test(right));

const ACCUSATIVE: ReadonlySet<string> = new Set(["durch", "für", "gegen", "ohne"]);

const BEFORE_YEARS: ReadonlySet<string> = new Set(
  "in im von bis seit ab vor nach zwischen und um jahr jahre jahres anfang mitte ende".split(" "),
);

/** "mit mehr als 300 Teilnehmern" → "mit mehr als wie vielen Teilnehmern". */
const howMany = (left: string): string =>
  /(?:^|\s)(?:von|mit|aus|bei|in|zu|nach|seit|unter)(?: \p{Ll}+){0,3} $/iu.test(left)
    ? "wie vielen"
    : "wie viele";

/** German prepositions without the article that a question word takes the place of: "im Mai" → "in welchem Monat". */
const apart = (left: string): string =>
  left
    .replace(/([Bb])is (?:zum )?$/u, "$1is zu ")
    .replace(/([Ii])m $/u, "$1n ")
    .replace(/([Aa])m $/u, "$1n ")
    .replace(/([Vv])om $/u, "$1on ")
    .replace(/([Zz])u[mr] $/u, "$1u ");

/** Words whose person is no subject, whatever follows: "the mentor of whom was …". */
const OBLIQUE: ReadonlySet<string> = new Set(
  "of by with to for from after before between under about von mit bei nach zu für durch".split(" "),
);

/** "Frans Pop (fjp) died": another name in brackets gives the answer away. */
const withoutAlias = (right: string): string => right.replace(/^ \([^()]*\)/, "");

/** Whether what follows is what somebody does: then the answer is its subject. */
const isDoing = (right: string, { auxiliaries, persons }: Language): boolean => {
  const verb = /^,? (\p{Ll}+)/u.exec(right)?.[1] ?? "";
  return auxiliaries.has(verb) || persons.has(verb) || /(?:ed|te)$/.test(verb);
};

/** The question's words for an answer of this type, behind this preposition. */
function whPhrase(span: Span, preposition: string, language: Language, names: Names): string {
  switch (span.type) {
    case "year":
      return language.name !== "de" || BEFORE_YEARS.has(preposition)
        ? language.whichYear
        : `in ${language.whichYear}`;
    case "month":
      return language.whichMonth;
    case "date": {
      if (!/\d{1,2}\D+\d{4}|-/.test(span.text))
        return STARTS.has(preposition) || IN.has(preposition)
          ? language.whichMonthYear
          : `in ${language.whichMonthYear}`;
      const placed = STARTS.has(preposition);
      return placed ? language.whichDate : `${language.on} ${language.whichDate}`;
    }
    case "quantity":
      return language.howMany;
    case "name": {
      if (span.head) return `${language.which} ${span.head}`;
      if (language.by.has(preposition) || names.isPerson(span.text))
        return preposition === "" ? language.who : language.whom;
      return language.placePrepositions.has(preposition) || names.isPlace(span.text)
        ? language.whichPlace
        : language.whatThing;
    }
    default:
      return language.whatThing;
  }
}

const IN: ReadonlySet<string> = new Set(["in", "im", "of", "and", "between", "around"]);
/** Words before a date that need no "on". */
const STARTS: ReadonlySet<string> = new Set([
  "on",
  "until",
  "since",
  "from",
  "to",
  "by",
  "before",
  "after",
  "am",
  "bis",
  "seit",
  "vom",
  "zum",
]);

const isSomebody = (span: Span, names: Names): boolean => span.type === "name" && names.isPerson(span.text);

const sameNoun = (noun: string, span: Span): boolean =>
  noun.replace(/^the /, "").trim() === (span.type === "year" ? "year" : span.head);

/** The first word of a sentence small again, unless it is a name: only articles and such are known to be none. */
const lowerFirst = (text: string, { determiners, stop }: Language): string => {
  const first = /^\p{L}+/u.exec(text)?.[0] ?? "";
  const small = first.toLowerCase();
  return determiners.has(small) || stop.has(small) ? small + text.slice(first.length) : text;
};

function isGood({ text }: Phrasing, span: Span, language: Language): boolean {
  const words: string[] = text.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
  const answer = (span.text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).filter(
    (word) => word.length > 2,
  );
  return (
    (language.name === "other" || (words.length >= LEAST_WORDS && words.length <= MOST_WORDS)) &&
    !OUTSIDE.test(text) &&
    // "Debconf10" gives away "DebConf"
    !answer.some((word) => words.some((one) => (word.length > 3 ? one.startsWith(word) : one === word))) &&
    !(
      language.name === "other" && answer.some((word) => word.length > 3 && text.toLowerCase().includes(word))
    )
  );
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

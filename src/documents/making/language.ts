/** What the rules of question making know of a language: closed lists of words, no dictionary. */

export type LanguageName = "en" | "de" | "other";

/** How a question asks for an answer of a type: alone, and before a noun. */
export interface Language {
  name: LanguageName;
  months: readonly string[];
  pronouns: ReadonlySet<string>; // personal ones, as a sentence's first word
  pointers: ReadonlySet<string>; // words that point out of the sentence: "this", "these", "such"
  determiners: ReadonlySet<string>;
  auxiliaries: ReadonlySet<string>; // verbs that change places with their subject in a question
  placePrepositions: ReadonlySet<string>;
  persons: ReadonlySet<string>; // what people do, in the forms that follow a name
  suffered: ReadonlySet<string>; // what is done to people only: "was born"
  by: ReadonlySet<string>; // before the agent of a passive
  on: string; // before a day's date
  stop: ReadonlySet<string>; // words too common to tell two texts apart, for telling the language too
  whichYear: string;
  whichMonth: string;
  whichDate: string;
  whichMonthYear: string;
  howMany: string;
  who: string;
  whom: string;
  which: string; // before a head noun
  whatThing: string;
  whichPlace: string;
  when: string;
  mean: string; // "Which term means …?", with {definition}
  whatIs: string; // with {term}
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "));

export const ENGLISH: Language = {
  name: "en",
  months: "January February March April May June July August September October November December".split(" "),
  pronouns: set("he she it they him her them his hers its their theirs we i you"),
  pointers: set("this these that those such here there then thus both another however therefore moreover"),
  determiners: set("a an the its his her their"),
  auxiliaries: set("is was are were has had can could will would may might must should"),
  placePrepositions: set("in at near from to through around into"),
  persons: set(
    "taught founded started began left led wrote said built made lived lives works plays learned died married invented painted won created joined resigned retired served studied passed succeeded became",
  ),
  suffered: set("born taught married appointed elected killed buried crowned"),
  by: set("by"),
  on: "on",
  stop: set("the of and to in is was a that for it with as on by this are be from or which were has had not"),
  whichYear: "which year",
  whichMonth: "which month",
  whichDate: "which date",
  whichMonthYear: "which month and year",
  howMany: "how many",
  who: "who",
  whom: "whom",
  which: "which",
  whatThing: "what",
  whichPlace: "which place",
  when: "when",
  mean: "Which term means {definition}?",
  whatIs: "What is {term}?",
};

export const GERMAN: Language = {
  name: "de",
  months: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(" "),
  pronouns: set("er sie es ihn ihm ihr ihnen sein seine ihre wir ich du"),
  pointers: set(
    "dies diese dieser dieses jene jener jenes solche hier dort dann damit dabei dazu dadurch daher außerdem jedoch beide",
  ),
  determiners: set("ein eine einen einem einer der die das den dem des seine seinen ihre ihren"),
  auxiliaries: set("ist war sind waren hat hatte wird wurde wurden kann konnte soll sollte muss musste"),
  placePrepositions: set("in an bei nach aus durch auf im am"),
  persons: set(
    "leitete führte schrieb sagte baute lebte lebt arbeitet gründete starb stirbt erfand startete folgte",
  ),
  suffered: set("geboren ernannt gewählt getötet begraben"),
  by: set("von durch"),
  on: "an",
  stop: set("der die das und in zu den von mit ist für auf dem des ein eine nicht sich als auch wurde im es"),
  whichYear: "welchem Jahr",
  whichMonth: "welchem Monat",
  whichDate: "welchem Datum",
  whichMonthYear: "welchem Monat und Jahr",
  howMany: "wie viele",
  who: "wer",
  whom: "wem",
  which: "welche",
  whatThing: "was",
  whichPlace: "welchem Ort",
  when: "wann",
  mean: "Welcher Begriff bedeutet {definition}?",
  whatIs: "Was ist {term}?",
};

export const OTHER: Language = {
  ...ENGLISH,
  name: "other",
  pronouns: set(""),
  pointers: set(""),
  auxiliaries: set(""),
  suffered: set(""),
};

const SHARE = 0.05; // of a text's words that are a language's commonest ones

const FOREIGN_SHARE = 0.25;

/** Whether a quarter of the letters and more are of a script that is not Latin: no rule of ours knows its words. */
export function isForeign(text: string): boolean {
  const letters = text.match(/\p{L}/gu) ?? [];
  const others = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter)).length;
  return letters.length > 0 && others >= FOREIGN_SHARE * letters.length;
}

/** The language of a text by its commonest words; "other" where neither list makes up a twentieth of it. */
export function languageOf(text: string): Language {
  const words = text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
  const share = ({ stop }: Language) =>
    words.filter((word) => stop.has(word)).length / Math.max(1, words.length);
  const [en, de] = [share(ENGLISH), share(GERMAN)];
  if (Math.max(en, de) < SHARE) return OTHER;
  return en >= de ? ENGLISH : GERMAN;
}

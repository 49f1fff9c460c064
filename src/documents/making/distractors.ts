/** Wrong options of the answer's own kind, out of the same corpus (docs/lab.md 1c D). */

import { normalise } from "../../core/answers.ts";
import type { Distractor, NameKind, Span, SpanType } from "../../core/facts.ts";
import { openRng, shuffled } from "../../core/rng.ts";

export interface Candidate extends Span {
  passage: number;
  kind: NameKind;
}

export const WRONG_OPTIONS = 4;
const NUMBERS: ReadonlySet<SpanType> = new Set<SpanType>(["year", "quantity", "percent", "money", "date"]);

/** A candidate that is asked for. */
export interface Asked extends Candidate {
  near: readonly number[]; // passages that the question itself finds: what stands in them could be a right answer
}

/** A text that can be a wrong option, wherever it stands. */
interface Option {
  text: string;
  plain: string;
  spans: Candidate[];
  answers: number; // how many questions it is the answer to
  used: number; // how many it is a wrong option of
}

/**
 * Wrong options of every question: `most`, and `spare` in reserve, best first; fewer than two make an open question. They are
 * answers to other questions where those suffice, each about as often in proportion to how often it is right, so that
 * neither the most frequent answer nor the most frequent option is right more often than by chance.
 */
export function wrongOptions(
  asked: readonly Asked[],
  all: readonly Candidate[],
  passages: readonly string[],
  { seed, months }: { seed: number; months: readonly string[] },
  { most, spare }: { most: number; spare: number } = { most: WRONG_OPTIONS, spare: 0 },
): Distractor[][] {
  const plain = passages.map(normalise);
  const answers = optionsByType(asked, seed);
  for (const option of [...answers.values()].flat()) option.answers = option.spans.length;
  const known = new Set(
    [...answers.values()].flat().map((option) => `${option.spans[0]!.type} ${option.plain}`),
  );
  const others = optionsByType(
    all.filter(({ type, text }) => !known.has(`${type} ${normalise(text)}`)),
    seed,
  );
  const kin = kinship(all);
  const made: Distractor[][] = asked.map(() => []);
  const order = shuffled([...asked.keys()], openRng(seed, "data", 2));
  for (const i of order) {
    const answer = asked[i]!;
    const gold = normalise(answer.text);
    const shown = [answer.passage, ...answer.near].map((p) => plain[p] ?? "");
    const fits = (text: string) =>
      !text.includes(gold) && !gold.includes(text) && !shown.some((passage) => passage.includes(text));
    const ranked = [answers, others].map((pool) => rank(answer, pool.get(answer.type) ?? [], fits, kin));
    const chosen = ranked.flatMap((options) => options.filter(({ tier }) => tier >= 0));
    const own = answers.get(answer.type)!.find((option) => option.plain === gold)!.answers;
    const first = withRivals(chosen, own, most);
    for (const { option } of first) option.used++;
    const rest = chosen.filter((one) => !first.includes(one));
    const found = [...first, ...rest]
      .slice(0, most + spare)
      .map(({ option }): Distractor => ({ text: option.text, made: false }));
    made[i] = [...found, ...madeOptions(answer, months, seed, fits, found)].slice(
      0,
      Math.max(found.length, most),
    );
  }
  return made;
}

const RIVALS = 2;

/** The first `most`, of which two are right as often elsewhere as the answer, where there are such of its kind. */
function withRivals(ranked: readonly Ranked[], answers: number, most: number): Ranked[] {
  const first = ranked.slice(0, most);
  const rivals = ranked.filter(({ tier, option }) => tier > 0 && option.answers >= answers).slice(0, RIVALS);
  const missing = rivals.filter((one) => !first.includes(one));
  const kept = first.filter((one) => !rivals.includes(one)).slice(0, most - rivals.length);
  return missing.length === 0 ? first : [...rivals, ...kept];
}

/** Options of each type with all the places where they stand, in an order of the seed. */
function optionsByType(spans: readonly Candidate[], seed: number): Map<string, Option[]> {
  const byText = new Map<string, Option>();
  for (const span of spans) {
    const plain = normalise(span.text);
    const key = `${span.type} ${plain}`;
    const known = byText.get(key);
    if (known) known.spans.push(span);
    else byText.set(key, { text: span.text, plain, spans: [span], answers: 0, used: 0 });
  }
  const byType = new Map<string, Option[]>();
  for (const option of shuffled([...byText.values()], openRng(seed, "data", 3))) {
    const { type } = option.spans[0]!;
    const list = byType.get(type);
    if (list) list.push(option);
    else byType.set(type, [option]);
  }
  return byType;
}

const MOST_LOOKED_AT = 400; // options for one question: all pairs of a large corpus would take minutes

interface Ranked {
  option: Option;
  tier: number;
  share: number;
  likeness: number;
}

/** Best first: those most of its kind, of these the ones used least, of these the likest. */
function rank(
  answer: Asked,
  options: readonly Option[],
  fits: (text: string) => boolean,
  kin: Kinship,
): Ranked[] {
  const gold = normalise(answer.text);
  const from = options.length > MOST_LOOKED_AT ? (answer.passage * 7919 + answer.begin) % options.length : 0;
  const looked = Array.from(
    { length: Math.min(MOST_LOOKED_AT, options.length) },
    (_, i) => options[(from + i) % options.length]!,
  );
  return looked
    .filter(({ plain, text }) => plain !== gold && sameSize(answer, text) && fits(plain))
    .map((option) => ({
      option,
      tier: Math.max(...option.spans.map((span) => tierOf(answer, span, kin))),
      share: option.used / Math.max(1, option.answers),
      likeness: Math.max(...option.spans.map((span) => likeness(answer, span))),
    }))
    .sort((a, b) => b.tier - a.tier || a.share - b.share || b.likeness - a.likeness);
}

/** How much an option is of the answer's kind: below zero is another one, which shows. */
function tierOf(a: Candidate, b: Candidate, kin: Kinship): number {
  const placed = (kind: NameKind) => kind === "place" || kind === "region";
  if (placed(a.kind) && placed(b.kind) && a.kind !== b.kind) return 0;
  if (a.kind !== b.kind && a.kind !== null && b.kind !== null) return -1; // a country is no person
  if (hasOtherLetters(a.text) !== hasOtherLetters(b.text) || isDay(a) !== isDay(b)) return -1;
  const alike = shapeOf(a) === shapeOf(b);
  if (a.type === "name" || a.type === "noun") {
    if (maskedFrame(a) === maskedFrame(b)) return 3;
    if (kin(a.text, b.text)) return 2;
    return a.kind === b.kind && (alike || a.kind !== null) ? 1 : 0;
  }
  return alike ? (maskedFrame(a) === maskedFrame(b) ? 2 : 1) : 0;
}

/** Of dates, those that name a day: a month among days shows, and so does a day among months. */
const isDay = ({ type, text }: Span): boolean =>
  type === "date" && (text.match(/\d+/g) ?? []).length + (text.match(/\p{L}{3,}/gu) ?? []).length >= 3;

const hasOtherLetters = (text: string): boolean => /(?!\p{Script=Latin})\p{L}/u.test(text);

/** How an answer is written, so that none can be told by its form: numbers as 0, capitals as A, names by their words. */
function shapeOf({ type, text }: Span): string {
  if (type === "name") return /^\p{Lu}[\p{Lu}\d-]+$/u.test(text) ? "AA" : /\s/.test(text) ? "Aa Aa" : "Aa";
  return text
    .replace(/\d+/gu, "0")
    .replace(/\p{L}+/gu, (word) => (word.length > 2 ? "a" : word.toLowerCase()));
}

const maskedFrame = ({ before, after }: Span): string =>
  [...before, "_", ...after].map((word) => word.replace(/\d+/g, "0")).join(" ");

type Kinship = (a: string, b: string) => boolean;

/** Two texts are kin where they stand in one frame anywhere, or each in one with a third. */
function kinship(spans: readonly Candidate[]): Kinship {
  const framesOf = new Map<string, Set<string>>();
  const textsOf = new Map<string, Set<string>>();
  const put = (map: Map<string, Set<string>>, key: string, value: string) =>
    map.set(key, (map.get(key) ?? new Set()).add(value));
  for (const span of spans) {
    put(framesOf, normalise(span.text), maskedFrame(span));
    put(textsOf, maskedFrame(span), normalise(span.text));
  }
  const near = new Map<string, Set<string>>();
  const nearOf = (text: string) => {
    const known = near.get(text);
    if (known) return known;
    const found = new Set([...(framesOf.get(text) ?? [])].flatMap((frame) => [...textsOf.get(frame)!]));
    near.set(text, found);
    return found;
  };
  return (a, b) => {
    const [mine, theirs] = [nearOf(normalise(a)), nearOf(normalise(b))];
    const [small, large] = mine.size < theirs.size ? [mine, theirs] : [theirs, mine];
    for (const text of small) if (large.has(text)) return true;
    return false;
  };
}

/** Where the corpus has too few: other months, neighbours of a number. */
function madeOptions(
  { type, text }: Asked,
  months: readonly string[],
  seed: number,
  fits: (text: string) => boolean,
  found: readonly Distractor[],
): Distractor[] {
  const taken = new Set(found.map((option) => normalise(option.text)));
  const made =
    type === "month" ? shuffled(months, openRng(seed, "data")) : NUMBERS.has(type) ? madeNumbers(text) : [];
  return made.flatMap((option) => {
    const plain = normalise(option);
    if (plain === normalise(text) || taken.has(plain) || !fits(plain)) return [];
    taken.add(plain);
    return [{ text: option, made: true }];
  });
}

/** What of the frame is shared, the noun before it, the number of words, and how little the letters overlap. */
function likeness(a: Candidate, b: Candidate): number {
  const [mine, theirs] = [
    [...a.before, ...a.after],
    [...b.before, ...b.after],
  ];
  const shared = mine.filter((word, i) => word === theirs[i]).length / Math.max(1, mine.length);
  const words = (text: string) => text.split(/\s+/).length;
  const head = a.head !== null && a.head === b.head ? 1 : 0;
  return 2 * shared + head + Number(words(a.text) === words(b.text)) - 2 * overlap(a.text, b.text);
}

/** Share of letter pairs in common. */
function overlap(a: string, b: string): number {
  const pairs = (text: string) =>
    new Set([...text.toLowerCase()].flatMap((c, i, all) => (i === 0 ? [] : [all[i - 1] + c])));
  const [p, q] = [pairs(a), pairs(b)];
  const common = [...p].filter((pair) => q.has(pair)).length;
  return common / Math.max(1, Math.min(p.size, q.size));
}

function sameSize(a: Candidate, text: string): boolean {
  const ratio = text.length / a.text.length;
  const most = a.kind === null ? 2 : 3; // of one kind the length tells less
  if (ratio < 1 / most || ratio > most) return false;
  if (a.type !== "quantity") return true;
  const [x, y] = [a.text, text].map((number) => Number(number.replace(/[ ,.]/g, "")));
  return x! > 0 && y! / x! <= 10 && y! / x! >= 0.1;
}

const GROUPED = /\d{1,3}(?:([ ,.])\d{3})+(?!\d)|\d+/g;

/** Neighbours of a number: ±1 to ±3 of its last digit that is not zero, ±10 %, and its last two such digits swapped. */
function madeNumbers(text: string): string[] {
  const found = [...text.matchAll(GROUPED)].at(-1);
  if (found === undefined) return [];
  const [digits, mark] = found;
  const plain = digits.replace(/\D/g, "");
  const zeros = /0*$/.exec(plain)![0].length;
  const unit = 10 ** zeros;
  const value = Number(plain);
  const whole = value / unit;
  const swapped = String(whole).replace(/(\d)(\d)$/, "$2$1");
  const near = [
    whole + 1,
    whole - 1,
    whole + 2,
    whole - 2,
    Math.round(whole * 1.1),
    Math.round(whole * 0.9),
    whole + 3,
    Number(swapped),
  ].map((n) => n * unit);
  const written = (n: number) =>
    mark === undefined ? String(n) : String(n).replace(/\B(?=(?:\d{3})+$)/g, mark);
  return near
    .filter((n) => n > 0 && n !== value)
    .map((n) => text.slice(0, found.index) + written(n) + text.slice(found.index + digits.length));
}

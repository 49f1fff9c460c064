/** Wrong options of the answer's own kind, out of the same corpus (docs/lab.md 1c D). */

import { normalise } from "../../core/answers.ts";
import type { Distractor, Span, SpanType } from "../../core/facts.ts";
import { openRng, shuffled } from "../../core/rng.ts";
import type { NameKind } from "./spans.ts";

export interface Candidate extends Span {
  passage: number;
  kind: NameKind;
}

export const WRONG_OPTIONS = 4;
const NUMBERS: ReadonlySet<SpanType> = new Set<SpanType>(["year", "quantity", "percent", "money", "date"]);

/**
 * Up to `most`, best first; fewer than two make an open question.
 * @param near passages that the question itself finds: what stands in them could be a right answer
 */
export function distractorsFor(
  answer: Candidate,
  all: readonly Candidate[],
  passages: readonly string[],
  near: readonly number[],
  { seed, months }: { seed: number; months: readonly string[] },
  most: number = WRONG_OPTIONS,
): Distractor[] {
  const gold = normalise(answer.text);
  const shown = [answer.passage, ...near].map((i) => normalise(passages[i] ?? ""));
  const best = new Map<string, { text: string; score: number }>();
  for (const other of all) {
    const text = normalise(other.text);
    if (other.type !== answer.type || text === gold || text.includes(gold) || gold.includes(text)) continue;
    if (shown.some((passage) => passage.includes(text)) || !sameSize(answer, other)) continue;
    const score = likeness(answer, other);
    if (score > (best.get(text)?.score ?? Number.NEGATIVE_INFINITY))
      best.set(text, { text: other.text, score });
  }
  const ranked = shuffled([...best.values()], openRng(seed, "data")).sort((a, b) => b.score - a.score);
  const found = ranked.slice(0, most).map(({ text }): Distractor => ({ text, made: false }));
  const taken = new Set([gold, ...found.map(({ text }) => normalise(text))]);
  const made =
    answer.type === "month"
      ? shuffled(months, openRng(seed, "data"))
      : NUMBERS.has(answer.type)
        ? madeNumbers(answer.text)
        : [];
  if (made.length > 0)
    for (const text of made) {
      if (found.length >= most) break;
      if (taken.has(normalise(text)) || shown.some((passage) => passage.includes(normalise(text)))) continue;
      taken.add(normalise(text));
      found.push({ text, made: true });
    }
  return found;
}

/** The same frame weighs most; then what of it is shared, the number of words, and how little the letters overlap. */
function likeness(a: Candidate, b: Candidate): number {
  const [mine, theirs] = [
    [...a.before, ...a.after],
    [...b.before, ...b.after],
  ];
  const same = mine.join(" ") === theirs.join(" ");
  const shared = mine.filter((word, i) => word === theirs[i]).length / Math.max(1, mine.length);
  const words = (text: string) => text.split(/\s+/).length;
  const head = a.head !== null && a.head === b.head ? 1 : 0;
  const kind = a.kind === b.kind ? (a.kind === null ? 0 : 3) : a.kind === null || b.kind === null ? -1 : -6; // a country is no person
  return (
    kind +
    4 * Number(same) +
    2 * shared +
    head +
    Number(words(a.text) === words(b.text)) -
    2 * overlap(a.text, b.text)
  );
}

/** Share of letter pairs in common. */
function overlap(a: string, b: string): number {
  const pairs = (text: string) =>
    new Set([...text.toLowerCase()].flatMap((c, i, all) => (i === 0 ? [] : [all[i - 1] + c])));
  const [p, q] = [pairs(a), pairs(b)];
  const common = [...p].filter((pair) => q.has(pair)).length;
  return common / Math.max(1, Math.min(p.size, q.size));
}

function sameSize(a: Span, b: Span): boolean {
  const ratio = b.text.length / a.text.length;
  if (ratio < 0.5 || ratio > 2) return false;
  if (a.type !== "quantity") return true;
  const [x, y] = [a, b].map(({ text }) => Number(text.replace(/[ ,.]/g, "")));
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

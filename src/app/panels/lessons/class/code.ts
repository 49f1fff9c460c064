/**
 * What a pupil reports to a class, as six words: which lesson, what was predicted at each step and what happened, how much of
 * the gap was won back, and a mark of the settings. 45 bits of it and 9 that check them, in words of nine bits.
 */
import type { RunConfig } from "../../../../core/config.ts";
import { CODE_WORDS } from "./words.ts";

export const LESSON_NAMES = ["", "gap", "reasoning", "reward"] as const; // in the order of their numbers; "": a run without a lesson
export type LessonName = (typeof LESSON_NAMES)[number];
export const MOST_STEPS = 4;
const MOST_OPTIONS = 3;
const WORDS = 6;
const VERSION = 1;

/** A step's option, from 0; null where it was not predicted, or did not come out. */
export type Option = number | null;

export interface ClassResult {
  lesson: LessonName;
  predicted: readonly Option[]; // by step, at most MOST_STEPS
  happened: readonly Option[];
  recovered: number | null; // share of the gap that was won back; −0.1 to 1.15 is told, what lies beyond is told as these
  closed: number | null; // share of answers right with the book closed, at the end
  settings: string; // a mark of the settings, as `markOf` makes it
}

/** A mark of settings, three signs: equal settings have equal marks, others rarely do. */
export const markOf = (config: RunConfig): string =>
  (hash(JSON.stringify(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)))) & 1023)
    .toString(32)
    .padStart(2, "0");

/** Fields of a code with their bits, the first in the highest; what stands in them is a whole number. */
const optionBits = 2; // 0: none
const RECOVERED_FROM = -10; // per cent
const NOTHING = 127;

export function encodeResult(result: ClassResult): string {
  const share = (value: number | null, from: number): number =>
    value === null ? NOTHING : Math.min(125, Math.max(0, Math.round(100 * value) - from));
  const options = (list: readonly Option[]): [number, number][] =>
    Array.from({ length: MOST_STEPS }, (_, i) => [optionOf(list[i]), optionBits]);
  const fields: [value: number, bits: number][] = [
    [VERSION, 2],
    [LESSON_NAMES.indexOf(result.lesson), 3],
    ...options(result.predicted),
    ...options(result.happened),
    [share(result.recovered, RECOVERED_FROM), 7],
    [share(result.closed, 0), 7],
    [Number.parseInt(result.settings, 32), 10],
  ];
  let payload = 0n;
  for (const [value, bits] of fields) payload = (payload << BigInt(bits)) | BigInt(value);
  const whole = (payload << 9n) | BigInt(check(payload));
  const words = Array.from(
    { length: WORDS },
    (_, i) => CODE_WORDS[Number((whole >> BigInt(9 * (WORDS - 1 - i))) & 511n)]!,
  );
  return words.join(" ");
}

const optionOf = (option: Option | undefined): number =>
  option == null || option >= MOST_OPTIONS ? 0 : option + 1;

/** Nine bits that any change of the payload is likely to change. */
const check = (payload: bigint): number => hash(payload.toString()) & 511;

/** FNV-1a, its bits stirred once more: the low ones alone are taken. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

export type Decoded = { result: ClassResult } | { fault: string };

/** What a code says, or in a sentence what is wrong with it. */
export function decodeResult(code: string): Decoded {
  const words = code.toLowerCase().match(/\p{L}+/gu) ?? [];
  if (words.length !== WORDS) return { fault: `A code has ${WORDS} words; here are ${words.length}.` };
  const unknown = words.find((word) => !CODE_WORDS.includes(word));
  if (unknown !== undefined) {
    const near = CODE_WORDS.filter((word) => isNear(word, unknown));
    const hint = near.length === 0 ? "" : ` Is it “${near.slice(0, 3).join("”, “")}”?`;
    return { fault: `“${unknown}” is no word of the list.${hint}` };
  }
  let whole = 0n;
  for (const word of words) whole = (whole << 9n) | BigInt(CODE_WORDS.indexOf(word));
  let rest = whole >> 9n;
  if (check(rest) !== Number(whole & 511n))
    return { fault: "These words do not belong together: one is another word, or two have changed places." };
  const take = (bits: number): number => {
    const value = Number(rest & ((1n << BigInt(bits)) - 1n));
    rest >>= BigInt(bits);
    return value;
  };
  const option = (value: number): Option => (value === 0 ? null : value - 1);
  const share = (value: number, from: number): number | null =>
    value === NOTHING ? null : (value + from) / 100;
  const options = (): Option[] =>
    Array.from({ length: MOST_STEPS }, () => option(take(optionBits))).reverse();
  // from the lowest bits up, the other way round than they were put in
  const settings = take(10).toString(32).padStart(2, "0");
  const closed = share(take(7), 0);
  const recovered = share(take(7), RECOVERED_FROM);
  const happened = options();
  const predicted = options();
  const lesson = LESSON_NAMES[take(3)];
  if (take(2) !== VERSION || lesson === undefined)
    return { fault: "This code was made by another version of the page." };
  return { result: { lesson, predicted, happened, recovered, closed, settings } };
}

/** Whether two words are one slip apart: a letter wrong, missing or too many, or two neighbours swapped. */
export function isNear(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const [x, y] = [a.slice(i), b.slice(i)];
  if (x.length === y.length)
    return x.slice(1) === y.slice(1) || (x[0] === y[1] && x[1] === y[0] && x.slice(2) === y.slice(2));
  return x.length > y.length ? x.slice(1) === y : y.slice(1) === x;
}

export interface ClassLine {
  line: number; // from 1
  name: string; // what stands before the code
  code: string;
  decoded: Decoded;
}

/** The lines of a class: a code each, maybe with a name before it. Empty lines are none. */
export function readLines(text: string): ClassLine[] {
  return text.split(/\r?\n/).flatMap((content, i) => {
    if (content.trim() === "") return [];
    const parts = content.split(/[:;,\t]/);
    const last = parts.at(-1)!;
    const words = (last.match(/\p{L}+/gu) ?? []).length;
    const named =
      parts.length > 1 && (words >= WORDS - 1 || (parts.length === 2 && words > 0 && !isCode(parts[0]!)));
    const tokens = content.trim().split(/\s+/);
    const code = named ? last.trim() : tokens.slice(-WORDS).join(" ");
    const name = named ? content.slice(0, -last.length - 1).trim() : tokens.slice(0, -WORDS).join(" ");
    return [{ line: i + 1, name, code, decoded: decodeResult(code) }];
  });
}

/** Whether all of it are words of the list: the first half of a code, not a name. */
const isCode = (text: string): boolean =>
  (text.toLowerCase().match(/\p{L}+/gu) ?? []).every((word) => CODE_WORDS.includes(word));

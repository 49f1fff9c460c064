/** Whether a wording can be asked by itself, told by its text alone (gate G0, docs/lab.md of the specification, 1c E). */
import { ENGLISH, GERMAN } from "./language.ts";

const MONTH = [...ENGLISH.months, ...GERMAN.months].join("|");
const DAY = new RegExp(`\\b(?:${MONTH}) \\d{1,2}(?!\\d)|\\b\\d{1,2}\\.? (?:${MONTH})(?![\\p{L}])`, "u");
const YEAR = /(?<!\d)\d{4}(?!\d)/;
const SHORT = /(?<![\p{L}\p{N}])\p{Lu}{2,}(?![\p{L}\p{N}])/gu;
const CAPITALISED = /(?<![\p{L}\p{N}])\p{Lu}(?=\p{L})/gu;

/**
 * False where a day is named without its year, which may be another year's day as well, and where the answer stands beside
 * its initials, so that nobody has to know it: "the University of Twente Network Operations Center (NOC)", either way about.
 */
export function standsAlone(text: string, answer: string): boolean {
  const isUndated = DAY.test(text) && !YEAR.test(text) && !YEAR.test(answer);
  return !isUndated && !givesInitials(text, answer) && !givesInitials(answer, text);
}

/** Whether `from` has a word of capitals that are the initials of words of `to`, one behind the other. */
function givesInitials(from: string, to: string): boolean {
  const initials = (to.match(CAPITALISED) ?? []).join("");
  return (from.match(SHORT) ?? []).some((short) => short.length > 2 && initials.includes(short));
}

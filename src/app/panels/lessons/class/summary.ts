/** A class put together: what was predicted at each step and what happened, and each line as a row. */
import { type ClassLine, type ClassResult, type LessonName, MOST_STEPS } from "./code.ts";

export interface Reported extends ClassResult {
  line: number;
  name: string;
}

/** What the lines report; a line that has the name and the words of one before it was put in twice, and counts once. */
export const reported = (lines: readonly ClassLine[]): Reported[] =>
  lines.flatMap((one) =>
    "result" in one.decoded && earlier(lines, one) === null
      ? [{ line: one.line, name: one.name, ...one.decoded.result }]
      : [],
  );

/** The line before `one` that has its name and its words; null where there is none, or no name. */
function earlier(lines: readonly ClassLine[], one: ClassLine): ClassLine | null {
  if (one.name === "") return null; // two who predicted the same have the same words
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const found = lines.find(({ name, code }) => same(name, one.name) && same(code, one.code));
  return found && found.line < one.line ? found : null;
}

/** What a teacher should know of lines that can be read, in a sentence each. */
export function remarks(lines: readonly ClassLine[], titleOf: (lesson: LessonName) => string): string[] {
  return lines.flatMap((one) => {
    if (!("result" in one.decoded) || one.name === "") return [];
    const { lesson } = one.decoded.result;
    const twice = earlier(lines, one);
    if (twice !== null)
      return [`Line ${one.line} says what line ${twice.line} says, of ${one.name}: it counts once.`];
    const other = lines.find(
      ({ line, name, decoded }) =>
        line < one.line &&
        name.toLowerCase() === one.name.toLowerCase() &&
        "result" in decoded &&
        decoded.result.lesson === lesson,
    );
    return other
      ? [
          `${one.name} reports “${titleOf(lesson)}” on line ${other.line} and otherwise on line ${one.line}: both count.`,
        ]
      : [];
  });
}

/** Of one step: how often each option was predicted, and how often it was what happened. */
export interface StepCount {
  step: number; // from 0
  predicted: number[];
  happened: number[];
  hits: number[]; // how many predicted the option that was theirs
  right: number; // predictions that came true …
  of: number; // … of so many
}

/** The steps of a lesson that somebody predicted. */
export function countSteps(class_: readonly Reported[], lesson: LessonName): StepCount[] {
  const of = class_.filter((one) => one.lesson === lesson);
  return Array.from({ length: MOST_STEPS }, (_, step) => {
    const count = (which: "predicted" | "happened") =>
      [0, 1, 2].map((option) => of.filter((one) => one[which][step] === option).length);
    const both = of.filter((one) => one.predicted[step] !== null && one.happened[step] !== null);
    return {
      step,
      predicted: count("predicted"),
      happened: count("happened"),
      hits: [0, 1, 2].map(
        (option) =>
          both.filter((one) => one.predicted[step] === option && one.happened[step] === option).length,
      ),
      right: both.filter((one) => one.predicted[step] === one.happened[step]).length,
      of: both.length,
    };
  }).filter(({ predicted }) => predicted.some((n) => n > 0));
}

/** How many of one's predictions came true, and of how many. */
export function rightOf({ predicted, happened }: ClassResult): { right: number; of: number } {
  const both = predicted.flatMap((option, i) =>
    option === null || happened[i] == null ? [] : [option === happened[i]],
  );
  return { right: both.filter(Boolean).length, of: both.length };
}

/** A table of the class for other programs: a row a line, fields that were not told empty. */
export function classCsv(class_: readonly Reported[]): string {
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const head =
    "line,name,lesson,predicted_rightly,predicted,gap_recovered,closed_test,settings,predictions,happened";
  const options = (list: ClassResult["predicted"]) =>
    list.map((option) => (option === null ? "-" : option + 1)).join(" ");
  const rows = class_.map((one) => {
    const { right, of } = rightOf(one);
    return [
      one.line,
      quoted(one.name),
      one.lesson || "run",
      right,
      of,
      one.recovered ?? "",
      one.closed ?? "",
      one.settings,
      options(one.predicted),
      options(one.happened),
    ].join(",");
  });
  return `${[head, ...rows].join("\n")}\n`;
}

/** A class put together: what was predicted at each step and what happened, and each line as a row. */
import { type ClassLine, type ClassResult, type LessonName, MOST_STEPS } from "./code.ts";

export interface Reported extends ClassResult {
  line: number;
  name: string;
}

export const reported = (lines: readonly ClassLine[]): Reported[] =>
  lines.flatMap(({ line, name, decoded }) =>
    "result" in decoded ? [{ line, name, ...decoded.result }] : [],
  );

/** Of one step: how often each option was predicted, and how often it was what happened. */
export interface StepCount {
  step: number; // from 0
  predicted: number[];
  happened: number[];
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

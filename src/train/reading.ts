/**
 * Questions of a foreign archive, kept readable (method.md §3, `retain` "of this archive or another"): what the base answers to
 * them with the book open is what the model is held to there. They are never asked closed book, and nothing of them is taught.
 */
import type { RunConfig } from "../core/config.ts";
import { LabError } from "../core/errors.ts";
import type { Question } from "../core/run.ts";
import { respond, sayBriefly } from "./answers.ts";
import { type CycleContext, sit } from "./context.ts";
import { evenly } from "./elsewhere.ts";
import { type ByForm, formsOf } from "./forms.ts";

/** Whether a run keeps a foreign archive readable. */
export const readsForeign = ({ retain, retain_data }: Pick<RunConfig, "retain" | "retain_data">): boolean =>
  retain > 0 && retain_data !== null;

/**
 * Those of an archive's questions that are read again: evenly spread over both of its sets, for neither is measured.
 * @throws LabError bad-data where there are none
 */
export function readingQuestions(
  { train, test }: { train: readonly Question[]; test: readonly Question[] },
  { retain_data, retain_questions }: Pick<RunConfig, "retain_data" | "retain_questions">,
): Question[] {
  const all = [...train, ...test];
  if (all.length === 0) {
    throw new LabError(
      "bad-data",
      `retain_data: ${retain_data} has no questions to read; set it to null to read the run's own`,
    );
  }
  return evenly(all, retain_questions ?? all.length);
}

/** What the base says to each of them in every form, greedily, in its own words, as completions. */
export async function readForeign(run: CycleContext): Promise<ByForm<number[][]>> {
  const { questions, Z } = run.reading!; // the plan has this piece only with a foreign archive
  const said: ByForm<number[][]> = {};
  let done = 0;
  for (const form of formsOf(run.config)) {
    const sitting = { ...sit(run, Z, false), onProgress: (n: number) => run.meter.advance(done + n) };
    const answers = await (form === "brief" ? sayBriefly : respond)(questions, sitting);
    said[form] = answers.map(({ completion }) => completion);
    done += questions.length;
  }
  return said;
}

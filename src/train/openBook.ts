/** What the teacher answers with the book open, in every view and form, and what it earns (method.md §2.2, 2.3; §3, `samples`). */
import { hash3 } from "../core/rng.ts";
import { type Answer, answerBriefly, chooseOptions, type Draw, respond } from "./answers.ts";
import { type CycleContext, sit } from "./context.ts";
import { entailedParts } from "./entailed.ts";
import { type ByForm, formsOf } from "./forms.ts";
import { type Grade, grade } from "./reward.ts";

/** An explanation that earned this much is taken; no further candidate is asked for. */
export const GOOD_ENOUGH = 0.9;
const TEMPERATURE = 0.7; // of sampled candidates

/** How a candidate is made: with how many of the passages found, and how boldly. */
export interface Candidate {
  passages: number;
  temperature: number; // 0 = greedily
}

/**
 * The ways to make up to `samples` explanations with `found` passages: greedily with all of them, then with one less each
 * time, down to one; after that sampled, by turns with all and with fewer, so that a passage that misleads is now and
 * then left out.
 */
export function candidatesFor(found: number, samples: number): Candidate[] {
  const greedy = Math.max(1, found);
  return Array.from({ length: samples }, (_, n) => {
    if (n < greedy) return { passages: found - n, temperature: 0 };
    const sample = n - greedy;
    const fewer = 1 + (Math.floor(sample / 2) % Math.max(1, found - 1));
    return { passages: sample % 2 === 0 ? found : Math.min(fewer, found), temperature: TEMPERATURE };
  });
}

const teacherIsPolicy = ({ config }: CycleContext): boolean => config.teacher === "policy"; // else the base: adapter off

/** The first answer of every view in every form: the best option (or a brief answer), and the greedy explanation. */
export async function answerOpenBook(run: CycleContext): Promise<ByForm<Answer[]>> {
  const sitting = sit(run, run.Z.train, teacherIsPolicy(run));
  const questions = run.views.map(({ question }) => question);
  const answers: ByForm<Answer[]> = {};
  let done = 0;
  for (const form of formsOf(run.config)) {
    const answer = form === "brief" ? answerBriefly : respond;
    answers[form] = await answer(questions, { ...sitting, onProgress: (n) => run.meter.advance(done + n) });
    done += questions.length;
  }
  return answers;
}

/** The marks of all those answers. */
export async function rewardAnswers(run: CycleContext, answers: ByForm<Answer[]>): Promise<ByForm<Grade[]>> {
  const all = run.views.map((_, v) => v);
  const choices = await openBookChoices(run, answers.brief ?? null, all);
  const grades: ByForm<Grade[]> = {};
  for (const form of formsOf(run.config)) {
    grades[form] = await gradesOf(run, answers[form]!, all, choices);
  }
  return grades;
}

/**
 * One more candidate (`n` from 1) for every explanation that has not earned enough yet; the better one is kept.
 * Needs what the two before leave in the run's state.
 */
export async function tryCandidate(run: CycleContext, cycle: number, n: number): Promise<void> {
  const { config, state, views, Z } = run;
  const answers = state.preferred!.explain!; // the plan has candidates after first answers only
  const grades = state.grades!.explain!;
  const asked = views.flatMap((_, v) => {
    const candidate = candidatesFor(Z.train[v]!.length, config.samples)[n]!;
    return grades[v]!.reward < GOOD_ENOUGH ? [{ v, candidate }] : [];
  });
  if (asked.length === 0) return;
  const indices = asked.map(({ v }) => v);
  const draws = asked.map(
    ({ v, candidate }): Draw => ({
      temperature: candidate.temperature,
      seed: hash3(hash3(config.seed, cycle, n), v, 0),
    }),
  );
  const passages = asked.map(({ v, candidate }) => Z.train[v]!.slice(0, candidate.passages));
  const said = await respond(
    indices.map((v) => views[v]!.question),
    sit(run, passages, teacherIsPolicy(run)),
    draws,
  );
  const choices = await openBookChoices(run, state.preferred!.brief ?? null, indices);
  const marks = await gradesOf(run, said, indices, choices);
  indices.forEach((v, i) => {
    if (marks[i]!.reward <= grades[v]!.reward) return;
    answers[v] = said[i]!;
    grades[v] = marks[i]!;
  });
}

/** Marks answers to the views `indices`, answer by answer, whatever passages they were given with by all that was found. */
async function gradesOf(
  { deps, views, Z, meter }: CycleContext,
  answers: readonly Answer[],
  indices: readonly number[],
  choices: (Answer | null)[] | null,
): Promise<Grade[]> {
  const passages = indices.map((v) => Z.train[v]!);
  const entailed = await entailedParts(deps.entail, answers, passages, meter.advance);
  return indices.map((v, i) =>
    grade(views[v]!.question, answers[i]!, passages[i]!, choices?.[i] ?? null, entailed[i]),
  );
}

/**
 * For rewards without gold answers: which option the teacher's scores prefer in the views `indices`, open book; null
 * where the gold answer decides. `brief` are its brief answers to all views, where they were given: the same choice.
 */
async function openBookChoices(
  run: CycleContext,
  brief: readonly Answer[] | null,
  indices: readonly number[],
): Promise<(Answer | null)[] | null> {
  if (run.config.gold) return null;
  if (brief !== null) return indices.map((v) => brief[v]!);
  const sitting = sit(
    run,
    indices.map((v) => run.Z.train[v]!),
    teacherIsPolicy(run),
  );
  return await chooseOptions(
    indices.map((v) => run.views[v]!.question),
    sitting,
  );
}

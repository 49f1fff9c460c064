/**
 * The training questions in all wordings that a run may ask them in (method.md §3, `phrasings`): a view is one question in
 * one wording. Passages, preferred answers, rewards and token weights are a view's own.
 */
import { normalise } from "../core/answers.ts";
import type { RunConfig } from "../core/config.ts";
import { hash3, uniformAt } from "../core/rng.ts";
import type { Question } from "../core/run.ts";
import type { RunData } from "./context.ts";
import type { Form } from "./forms.ts";

export interface View {
  of: number; // index into train
  question: Question; // that question in this view's words
}

/**
 * All views: first every training question in its own words, so that view i is question i, then the other wordings in
 * order. Left out is a wording that repeats one of its question or that a held-out question has: those stay unseen.
 */
export function viewsOf({ train, test, twohop }: RunData, phrasings: RunConfig["phrasings"]): View[] {
  const heldOut = [...test, ...twohop].map(({ question }) => normalise(question));
  const others = train.flatMap((question, of) => {
    const taken = new Set([...heldOut, normalise(question.question)]);
    const wordings = question.phrasings.filter((wording) => {
      const key = normalise(wording);
      return !taken.has(key) && taken.add(key);
    });
    return wordings
      .slice(0, phrasings ?? wordings.length)
      .map((wording): View => ({ of, question: { ...question, question: wording } }));
  });
  return [...train.map((question, of): View => ({ of, question })), ...others];
}

/** Per training question the indices of its views, its own words first. */
export function wordingsOf(views: readonly View[]): number[][] {
  const wordings: number[][] = [];
  views.forEach(({ of }, v) => {
    wordings[of] = [...(wordings[of] ?? []), v];
  });
  return wordings;
}

/** What a visit in an update goes by: the update, the visit's place in it, and the form asked. */
export interface VisitPlace {
  update: number; // from 0 over the run
  place: number; // in the update's batch
  form: Form;
}

/** The view a visit asks in: one of `wordings`, drawn by seed, update, place and form alone, so that a resumed run draws the same. */
export function drawView(
  seed: number,
  { update, place, form }: VisitPlace,
  wordings: readonly number[],
): number {
  const at = 2 * place + (form === "explain" ? 1 : 0);
  return wordings[Math.floor(uniformAt(hash3(seed, update, 0), "wording", at) * wordings.length)]!;
}

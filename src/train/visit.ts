/** A training question as an update visits it, and the loss of that visit (method.md §3). */
import { sameAnswer } from "../core/answers.ts";
import type { RunConfig } from "../core/config.ts";
import { taughtUpdates } from "../core/schedule.ts";
import type { LossTerm, QuestionLoss } from "../model/policy.ts";
import { isChoice } from "./answers.ts";
import type { CycleContext } from "./context.ts";
import { type Form, formsOf, weightOf } from "./forms.ts";
import { joined, weighed } from "./joined.ts";
import type { Visit } from "./objectives/objective.ts";
import { objectives } from "./objectives/registry.ts";
import { completionTaught, goldCompletion, rewardOf } from "./taught.ts";
import { drawView } from "./views.ts";

/** One form of a visit: which question, in which words, how it is to be answered. */
export interface Asked {
  of: number; // index into train
  view: number;
  form: Form;
}

/**
 * The forms of the visit at a place of an update, each in words of its own drawing. An objective that reads
 * passages only has no forms: it visits once.
 */
export function drawVisit(
  { config, wordings, update }: { config: RunConfig; wordings: readonly number[][]; update: number },
  of: number,
  place: number,
): Asked[] {
  const recipe = objectives[config.objective];
  const { needs } = recipe.part?.(progressAt(config, update)) ?? recipe;
  const forms = formsOf(config);
  const asked = needs.every((need) => need === "passages") ? forms.slice(0, 1) : forms;
  return asked.map((form) => ({
    of,
    view: drawView(config.seed, { update, place, form }, wordings[of]!),
    form,
  }));
}

/** The loss of a visit: the sum over its forms, as the run's objective has each, by the form's weight ω. */
export function lossOf(run: CycleContext, asked: readonly Asked[]): QuestionLoss {
  const { config } = run;
  const recipe = objectives[config.objective];
  return joined(
    asked.map((one) => weighed(recipe.loss(visitOf(run, one), config), weightOf(config, one.form))),
  );
}

/** What an objective may know of one form of a visit; each part is made when it is asked for. */
function visitOf(run: CycleContext, asked: Asked): Visit {
  const { state, prompts, views, Z } = run;
  const { of, view, form } = asked;
  const { question } = views[view]!;
  const explain = form === "explain";
  return {
    get passages() {
      return Z.train[view]!.map(prompts.passage);
    },
    get closed() {
      return prompts.ask(question, [], explain);
    },
    get open() {
      return prompts.ask(question, Z.train[view]!, explain);
    },
    get gold() {
      return goldCompletion(prompts, question, form);
    },
    get preferred() {
      return completionTaught(run, view, form);
    },
    get rejected() {
      return state.rejected![form]![of]!.completion;
    },
    get differ() {
      return differs(run, asked);
    },
    get preferredTargets() {
      return run.targets!.preferredTargets![form]![view]!;
    },
    get rejectedTargets() {
      return run.targets!.rejectedTargets![form]![of]!;
    },
    get samples() {
      const samples = state.samples![form]![of]!;
      const targets = run.targets!.samples![form]!;
      return samples.map((sample, g) => ({ ...sample, targets: targets[of * samples.length + g]! }));
    },
    get progress() {
      return progressAt(run.config, state.updates);
    },
    get reward() {
      return rewardOf(run, view, form);
    },
    get credit() {
      const weights = state.credit?.[form]?.[view];
      return weights === undefined ? null : Float32Array.from(weights);
    },
  };
}

const progressAt = (config: RunConfig, update: number): number => update / taughtUpdates(config);

/**
 * y_w ≠ y_l. The plan has both answered before the first update. y_l answers the question in its own words, whatever the
 * visit's are.
 */
export function differs({ state }: CycleContext, { of, view, form }: Asked): boolean {
  const preferred = state.preferred![form]![view]!;
  const rejected = state.rejected![form]![of]!;
  return isChoice(preferred) ? preferred.text !== rejected.text : !sameAnswer(preferred.text, rejected.text);
}

/** How many different passages a loss reads by themselves: two forms of one question may read the same. */
export const passagesIn = (terms: readonly LossTerm[]): number =>
  new Set(terms.flatMap(({ name, sequence }) => (name === "z" ? [`${sequence.completion}`] : []))).size;

/** The completion that a run teaches: the teacher's own, or the gold text. */
import type { RunConfig } from "../core/config.ts";
import type { Question } from "../core/run.ts";
import type { CycleContext } from "./context.ts";
import { controlledReward } from "./controls.ts";
import type { Form } from "./forms.ts";
import { objectives } from "./objectives/registry.ts";
import type { Prompts } from "./prompts.ts";
import { goldResponse } from "./response.ts";

/** The right answer as a completion, or the evidence and the answer. `evidence` is there where the form is explained: checkRun saw to it. */
export const goldCompletion = (prompts: Prompts, { answer, evidence }: Question, form: Form): number[] =>
  prompts.completion(form === "explain" ? goldResponse(evidence!, answer) : answer);

const answers = ({ objective }: RunConfig): boolean => objectives[objective].needs.includes("preferred");

/** y of a view in a form: y_w where the objective asks for answers, else the gold text. Token ids with the end of turn. */
export function completionTaught(run: CycleContext, view: number, form: Form): number[] {
  const { config, state, prompts, views } = run;
  if (answers(config)) return state.preferred![form]![view]!.completion;
  return goldCompletion(prompts, views[view]!.question, form);
}

/** What that completion earned, or what a control puts in its place; gold text counts in full. */
export function rewardOf(
  { config, state }: Pick<CycleContext, "config" | "state">,
  view: number,
  form: Form,
): number {
  if (!answers(config)) return 1;
  const rewards = state.grades![form]!.map(({ reward }) => reward);
  return controlledReward(config, rewards, view);
}

/** What is taught of a training question, in its own words, as explanation and answer, and what that earned. */
export function explanationTaught(
  run: Pick<CycleContext, "config" | "data" | "state">,
  i: number,
): { explanation: string; answer: string; reward: number } {
  const { config, data, state } = run;
  const { evidence, answer } = data.train[i]!;
  if (!answers(config)) return { explanation: evidence!, answer, reward: 1 }; // checkRun saw to the evidence
  const said = state.preferred!.explain![i]!;
  return {
    explanation: said.explanation ?? "",
    answer: said.text,
    reward: rewardOf(run, i, "explain"),
  };
}

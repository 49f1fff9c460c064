/** One update of the adapter: a batch of questions → the terms of their losses → one optimiser step → a row. */
import { sameAnswer } from "../core/answers.ts";
import { LabError } from "../core/errors.ts";
import type { UpdateRow } from "../core/run.ts";
import { mean } from "../core/shape.ts";
import type { QuestionTerms, UpdateStats } from "../model/policy.ts";
import type { CycleContext } from "./context.ts";
import { objectives } from "./objectives/registry.ts";
import { batchAt } from "./order.ts";
import { goldResponse } from "./response.ts";
import { learningRateAt } from "./schedule.ts";

/** @throws LabError not-finite with the update's number; adapter and state are then as before it */
export async function updateOnce(run: CycleContext, cycle: number): Promise<UpdateRow> {
  const { config, data, deps, state, meter } = run;
  const indices = batchAt(state.updates, data.train.length, config);
  const terms = indices.map((i) => termsOf(run, i));
  const learning_rate = learningRateAt(state.updates, config.cycles * config.updates, config);
  const { weight_decay, max_grad_norm } = config;
  const start = deps.now();
  const stats = await stepOf(run, cycle, terms, {
    step: state.updates + 1,
    learning_rate,
    weight_decay,
    max_grad_norm,
  });
  const seconds = (deps.now() - start) / 1000;
  meter.tokens(stats.num_tokens);

  state.question_visits += indices.length;
  state.passage_visits += terms.reduce((n, { z }) => n + z.length, 0);
  state.supervised_tokens += stats.supervised_tokens;
  const row: UpdateRow = {
    type: "update",
    cycle,
    update: state.updates,
    loss: stats.loss,
    s_z: meanOf(stats.s_z),
    s_c: meanOf(stats.s_c),
    s_l: meanOf(stats.s_l),
    s_w: meanOf(stats.s_w),
    clipped_chosen: shareOf(stats.s_c, (s, i) => s > terms[i]!.clip_chosen),
    clipped_rejected: shareOf(stats.s_l, (s, i) => s < terms[i]!.clip_rejected),
    ...answersOf(run, indices),
    grad_norm: stats.grad_norm,
    learning_rate,
    num_tokens: stats.num_tokens,
    supervised_tokens: stats.supervised_tokens,
    question_visits: state.question_visits,
    passage_visits: state.passage_visits,
    total_supervised_tokens: state.supervised_tokens,
    seconds,
  };
  state.updates++;
  return row;
}

/** The loss of training question `i`, as the run's objective has it. */
function termsOf(run: CycleContext, i: number): QuestionTerms {
  const { config, data, prompts, Z } = run;
  const question = data.train[i]!;
  const { answer, evidence } = question;
  const explain = config.answers === "response";
  const passages = Z.train[i]!;
  const z = passages.map(prompts.passage);
  const recipe = objectives[config.objective];
  switch (recipe.uses) {
    case "passages":
      return recipe.terms({ z }, config);
    case "gold": {
      const gold = prompts.completion(explain ? goldResponse(evidence!, answer) : answer); // checked by runCycles
      return recipe.terms({ z, closed: prompts.ask(question, [], explain), gold }, config);
    }
    case "answers": {
      const { preferred, rejected, differ, reward } = pairAt(run, i);
      const closed = prompts.ask(question, [], explain);
      const open = prompts.ask(question, passages, explain);
      return recipe.terms({ z, closed, open, preferred, rejected, differ, reward }, config);
    }
  }
}

/** y_w and y_l of question `i` in this cycle. The plan has both answered, and y_w rewarded, before the first update. */
function pairAt({ state, config }: CycleContext, i: number) {
  const preferred = state.preferred![i]!;
  const rejected = state.rejected![i]!;
  const same =
    config.answers === "options"
      ? preferred.text === rejected.text
      : sameAnswer(preferred.text, rejected.text);
  const { reward } = state.grades![i]!;
  return { preferred: preferred.completion, rejected: rejected.completion, differ: !same, reward };
}

/** What the update's answers were like; nulls for an objective that asks for none. */
function answersOf(
  run: CycleContext,
  indices: number[],
): Pick<UpdateRow, "differ" | "zero_reward" | "reward"> {
  if (objectives[run.config.objective].uses !== "answers")
    return { differ: null, zero_reward: null, reward: null };
  const pairs = indices.map((i) => pairAt(run, i));
  return {
    differ: mean(pairs.map(({ differ }) => Number(differ))),
    zero_reward: mean(pairs.map(({ reward }) => Number(reward === 0))),
    reward: mean(pairs.map(({ reward }) => reward)),
  };
}

async function stepOf(
  { deps, state }: CycleContext,
  cycle: number,
  ...[terms, settings]: Parameters<CycleContext["deps"]["policy"]["update"]>
): Promise<UpdateStats> {
  try {
    return await deps.policy.update(terms, settings);
  } catch (cause) {
    if (!(cause instanceof LabError) || cause.code !== "not-finite") throw cause;
    const way = "a lower learning_rate or max_grad_norm may help";
    throw new LabError(
      "not-finite",
      `update ${state.updates + 1} (cycle ${cycle}): ${cause.message}; ${way}`,
      { cause },
    );
  }
}

const numbersIn = (values: (number | null)[]): number[] => values.filter((v) => v !== null);
const meanOf = (values: (number | null)[]): number | null => mean(numbersIn(values));
const shareOf = (values: (number | null)[], test: (value: number, i: number) => boolean): number | null =>
  mean(values.flatMap((value, i) => (value === null ? [] : [Number(test(value, i))])));

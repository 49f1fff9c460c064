/** One update of the adapter: a batch of questions → their losses → one optimiser step → a row. */
import { sameAnswer } from "../core/answers.ts";
import { LabError } from "../core/errors.ts";
import type { UpdateRow } from "../core/run.ts";
import { mean, sum } from "../core/shape.ts";
import type { TermName, UpdateStats } from "../model/policy.ts";
import type { CycleContext } from "./context.ts";
import type { Clips, Visit } from "./objectives/objective.ts";
import { objectives } from "./objectives/registry.ts";
import { batchAt } from "./order.ts";
import { goldResponse } from "./response.ts";
import { learningRateAt } from "./schedule.ts";

/** @throws LabError not-finite with the update's number; adapter and state are then as before it */
export async function updateOnce(run: CycleContext, cycle: number): Promise<UpdateRow> {
  const { config, data, deps, state, meter } = run;
  const recipe = objectives[config.objective];
  const indices = batchAt(state.updates, data.train.length, config);
  const losses = indices.map((i) => recipe.loss(visitOf(run, i), config));
  const learning_rate = learningRateAt(state.updates, config.cycles * config.updates, config);
  const { weight_decay, max_grad_norm } = config;
  const start = deps.now();
  const stats = await stepOf(run, cycle, losses, {
    step: state.updates + 1,
    learning_rate,
    weight_decay,
    max_grad_norm,
  });
  const seconds = (deps.now() - start) / 1000;
  meter.tokens(stats.num_tokens);

  /** Per question that has such terms, the mean of their values. */
  const of = (name: TermName): number[] =>
    losses.flatMap(({ terms }, q) => {
      const value = mean(stats.values[q]!.filter((_, t) => terms[t]!.name === name));
      return value === null ? [] : [value];
    });
  const share = (name: TermName, beyond: (s: number, clips: Clips) => boolean): number | null => {
    const { clips } = recipe;
    return clips && mean(of(name).map((s) => Number(beyond(s, clips))));
  };
  state.question_visits += indices.length;
  state.passage_visits += sum(losses.map(({ terms }) => terms.filter(({ name }) => name === "z").length));
  state.supervised_tokens += stats.supervised_tokens;
  const row: UpdateRow = {
    type: "update",
    cycle,
    update: state.updates,
    loss: stats.loss,
    s_z: mean(of("z")),
    s_c: mean(of("c")),
    s_l: mean(of("l")),
    s_w: mean(of("w")),
    s_kl: mean(of("kl")),
    clipped_chosen: share("c", (s, { chosen }) => s > chosen),
    clipped_rejected: share("l", (s, { rejected }) => s < rejected),
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

/** Training question `i` as this update meets it; each part is made when it is asked for. */
function visitOf(run: CycleContext, i: number): Visit {
  const { config, data, prompts, Z } = run;
  const question = data.train[i]!;
  const { answer, evidence } = question;
  const explain = config.answers === "response";
  return {
    get passages() {
      return Z.train[i]!.map(prompts.passage);
    },
    get closed() {
      return prompts.ask(question, [], explain);
    },
    get open() {
      return prompts.ask(question, Z.train[i]!, explain);
    },
    get gold() {
      return prompts.completion(explain ? goldResponse(evidence!, answer) : answer); // checked by runCycles
    },
    get preferred() {
      return run.state.preferred![i]!.completion;
    },
    get rejected() {
      return run.state.rejected![i]!.completion;
    },
    get differ() {
      return differs(run, i);
    },
    get reward() {
      return run.state.grades![i]!.reward;
    },
  };
}

/** y_w ≠ y_l of question `i` in this cycle. The plan has both answered before the first update. */
function differs({ state, config }: CycleContext, i: number): boolean {
  const preferred = state.preferred![i]!.text;
  const rejected = state.rejected![i]!.text;
  return config.answers === "options" ? preferred !== rejected : !sameAnswer(preferred, rejected);
}

/** What the update's answers were like; nulls for an objective that asks for none. */
function answersOf(
  run: CycleContext,
  indices: number[],
): Pick<UpdateRow, "differ" | "zero_reward" | "reward"> {
  const { needs } = objectives[run.config.objective];
  const rewards = needs.includes("preferred") ? indices.map((i) => run.state.grades![i]!.reward) : [];
  const pairs = needs.includes("preferred") && needs.includes("rejected") ? indices : [];
  return {
    differ: mean(pairs.map((i) => Number(differs(run, i)))),
    zero_reward: mean(rewards.map((reward) => Number(reward === 0))),
    reward: mean(rewards),
  };
}

async function stepOf(
  { deps, state }: CycleContext,
  cycle: number,
  ...[losses, settings]: Parameters<CycleContext["deps"]["policy"]["update"]>
): Promise<UpdateStats> {
  try {
    return await deps.policy.update(losses, settings);
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

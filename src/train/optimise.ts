/** One update of the adapter: a batch of questions → their losses → one optimiser step → a row. */
import { LabError } from "../core/errors.ts";
import type { UpdateRow } from "../core/run.ts";
import { rateAt } from "../core/schedule.ts";
import { mean, sum } from "../core/shape.ts";
import type { QuestionLoss, TermName, UpdateStats } from "../model/policy.ts";
import { type ChainSource, chainLoss, chainsAtHand } from "./chains.ts";
import type { CycleContext } from "./context.ts";
import { drawUpdate, type Place, type Urn } from "./draws.ts";
import { joined } from "./joined.ts";
import type { Clips } from "./objectives/objective.ts";
import { objectives } from "./objectives/registry.ts";
import { keptLoss, retainedRows } from "./retention.ts";
import { makeSoftTargets } from "./softTargets.ts";
import { rewardOf } from "./taught.ts";
import { type Asked, differs, lossOf, passagesIn } from "./visit.ts";

/** @throws LabError not-finite with the update's number; adapter and state are then as before it */
export async function updateOnce(run: CycleContext, cycle: number): Promise<UpdateRow> {
  const { config, deps, state, meter } = run;
  const recipe = objectives[config.objective];
  const places = drawUpdate(urnOf(run), state.updates);
  await makeSoftTargets(run); // there already, but after a resume
  const losses = await lossesOf(run, places);
  const visits = places.flatMap(({ visits: forms }) => (forms.length > 0 ? [forms] : []));
  const learning_rate = rateAt(state.updates, config);
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
  state.question_visits += visits.length;
  state.passage_visits += sum(losses.map(({ terms }) => passagesIn(terms)));
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
    s_chain: mean(of("chain")),
    clipped_chosen: share("c", (s, { chosen }) => s > chosen),
    clipped_rejected: share("l", (s, { rejected }) => s < rejected),
    ...answersOf(run, visits.flat()),
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

/** What the run's updates are drawn from. */
export const urnOf = (run: ChainSource & Pick<CycleContext, "wordings" | "reading">): Urn => ({
  config: run.config,
  wordings: run.wordings,
  chains: chainsAtHand(run).length,
  foreign: run.reading?.questions.length ?? null,
});

/** The loss of every place: its visit, and what comes beside it. */
async function lossesOf(run: CycleContext, places: readonly Place[]): Promise<QuestionLoss[]> {
  const rows = places.some(({ kept }) => kept.length > 0) ? await retainedRows(run) : {};
  return places.map(({ visits, kept, chains }) =>
    joined([
      ...(visits.length > 0 ? [lossOf(run, visits)] : []),
      ...kept.map((one) => keptLoss(rows, one)),
      ...chains.map((chain) => chainLoss(run, chainsAtHand(run)[chain]!)),
    ]),
  );
}

/** What the update's answers, or samples, were like; nulls for an objective that asks for none. */
function answersOf(
  run: CycleContext,
  visits: readonly Asked[],
): Pick<UpdateRow, "differ" | "zero_reward" | "reward"> {
  const { needs } = objectives[run.config.objective];
  const answered = needs.includes("preferred") ? visits : [];
  const pairs = needs.includes("rejected") ? answered : [];
  const sampled = needs.includes("samples") ? visits : [];
  const rewards = [
    ...answered.map(({ view, form }) => rewardOf(run, view, form)),
    ...sampled.flatMap(({ of, form }) => run.state.samples![form]![of]!.map(({ reward }) => reward)),
  ];
  return {
    differ: mean(pairs.map((visit) => Number(differs(run, visit)))),
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

/** The measurements of an evaluation, and the row they make. */
import { LabError } from "../core/errors.ts";
import {
  type CycleAnswers,
  type CycleRow,
  type FurtherMeasures,
  type PartMeasures,
  type Question,
  REWARD_PARTS,
  type RewardInParts,
  type RewardPart,
} from "../core/run.ts";
import { mean } from "../core/shape.ts";
import { type Answer, accuracy, chooseOptions, respond } from "./answers.ts";
import { calibration } from "./calibration.ts";
import { chainsAtHand } from "./chains.ts";
import { type CycleContext, sit } from "./context.ts";
import { entailedParts } from "./entailed.ts";
import { type Form, formsOf } from "./forms.ts";
import type { FurtherMeasure, Measure } from "./plan.ts";
import { type Grade, grade, isRight } from "./reward.ts";
import type { CycleState } from "./state.ts";

export const PROBE_QUESTIONS = 24; // of the test set, for the distance to the base

/** Measures one thing and notes it in the run's state. */
export async function measure(run: CycleContext, what: Exclude<Measure, FurtherMeasure>): Promise<void> {
  const { data, Z, state, config } = run;
  switch (what) {
    case "closed_train": {
      const answers = await chooseOptions(data.train, sit(run, null));
      state.measured.closed_train = accuracy(data.train, answers);
      const brief = formsOf(config).includes("brief") && !answers.includes(null);
      state.rejected = brief ? { brief: answers.filter((a) => a !== null) } : null; // y_l of the next cycle
      return;
    }
    case "closed_test":
    case "open_test": {
      const answers = await chooseOptions(data.test, sit(run, what === "open_test" ? Z.test : null));
      state.measured[what] = accuracy(data.test, answers);
      if (what === "closed_test") Object.assign(state.further, calibration(data.test, answers));
      state.chosen[what] = answers.map((answer) => answer?.text ?? null);
      return;
    }
    case "closed_2hop":
      state.measured.closed_2hop = accuracy(data.twohop, await chooseOptions(data.twohop, sit(run, null)));
      return;
    case "kl":
      state.measured.kl = await distanceToBase(run);
      return;
    case "closed_response":
    case "open_response": {
      const answers = await respond(data.test, sit(run, what === "open_response" ? Z.test : null));
      if (run.prompts.elicit) state.asked.push(...answers.map(({ asked }) => Number(asked === true)));
      const grades = await explainedGrades(run, data.test, answers, Z.test);
      const rewards = grades.map(({ reward }) => reward);
      const right = answers.map((answer, i) => isRight(data.test[i]!, answer));
      state.measured[what] = mean(rewards);
      Object.assign(state.further, partsOf(what, grades));
      state[`${what}_accuracy`] = mean(right.map(Number));
      state.chosen[what === "open_response" ? "open_reward" : "closed_reward"] = rewards;
      if (what === "closed_response") state.told = right;
      return;
    }
  }
}

/** Closes the evaluation: its row, its held-out answers; what was measured is then forgotten. */
export function recordCycle(run: CycleContext, cycle: number): { row: CycleRow; answers: CycleAnswers } {
  const { state } = run;
  const of = (what: Measure): number | null => state.measured[what] ?? null;
  const row: CycleRow = {
    type: "cycle",
    cycle,
    closed_train: of("closed_train"),
    closed_test: of("closed_test"),
    open_test: of("open_test"),
    closed_2hop: of("closed_2hop"),
    closed_response: of("closed_response"),
    open_response: of("open_response"),
    closed_response_accuracy: state.closed_response_accuracy,
    open_response_accuracy: state.open_response_accuracy,
    ...rewardsOf(state),
    chains: cycle === 0 || run.config.chains === 0 ? null : chainsAtHand(run).length,
    kl: of("kl"),
    ...NOT_MEASURED,
    ...state.further,
    asked_share: mean(state.asked),
    asked_of: state.asked.length === 0 ? null : state.asked.length,
    question_visits: state.question_visits,
    passage_visits: state.passage_visits,
    supervised_tokens: state.supervised_tokens,
    updates: state.updates,
    seconds: state.seconds,
  };
  const answers = { cycle, ...state.chosen };
  state.measured = {};
  state.asked = [];
  state.further = {};
  state.told = null;
  state.closed_response_accuracy = null;
  state.open_response_accuracy = null;
  state.chosen = { closed_test: [], open_test: [] };
  return { row, answers };
}

/** What y_w, or a model's own samples, earned: mean reward and share that earned anything, over everything taught and by form. */
function rewardsOf({
  grades,
  samples,
}: CycleState): Pick<
  CycleRow,
  "reward_train" | "reward_brief" | "reward_explain" | "rewarded_brief" | "rewarded_explain"
> &
  PartMeasures {
  const rewards = (form: Form): number[] =>
    (grades?.[form] ?? samples?.[form]?.flat() ?? []).map(({ reward }) => reward);
  const rewarded = (form: Form): number | null => mean(rewards(form).map((reward) => Number(reward > 0)));
  return {
    reward_train: mean([...rewards("brief"), ...rewards("explain")]),
    reward_brief: mean(rewards("brief")),
    reward_explain: mean(rewards("explain")),
    rewarded_brief: rewarded("brief"),
    rewarded_explain: rewarded("explain"),
    ...partsOf("reward_explain", grades?.explain ?? []),
  };
}

/** Means of what these rewards are made of, the accuracy of held-out ones apart; nothing where no explanation was marked. */
function partsOf(of: RewardInParts, grades: readonly Grade[]): PartMeasures {
  const explained = grades.filter(({ rationality }) => rationality !== null);
  if (explained.length === 0) return {};
  const partOf = ({ accuracy, rationality }: Grade, part: RewardPart): number | null =>
    part === "accuracy" ? accuracy : rationality![part];
  const parts = REWARD_PARTS.filter((part) => part !== "accuracy" || of === "reward_explain");
  return Object.fromEntries(
    parts.map((part) => {
      const values = explained.map((grade) => partOf(grade, part));
      return [`${of}_${part}`, mean(values.filter((value) => value !== null))];
    }),
  );
}

/** Mean KL(adapter ‖ base) over the gold answers of the first 24 test questions, closed book; null without any. */
async function distanceToBase({ data, deps, prompts }: CycleContext): Promise<number | null> {
  const probe = data.test.slice(0, PROBE_QUESTIONS).map((question) => ({
    context: prompts.ask(question, [], false),
    completion: prompts.completion(question.answer),
  }));
  if (probe.length === 0) return null;
  const kl = await deps.policy.kl(probe);
  if (!Number.isFinite(kl)) throw new LabError("not-finite", `the distance to the base became ${kl}`);
  return kl;
}

/** Held-out responses are marked by the gold answer always, and grounded in what was retrieved, open book or not. */
export async function explainedGrades(
  { deps }: CycleContext,
  questions: readonly Question[],
  answers: readonly Answer[],
  Z: string[][],
): Promise<Grade[]> {
  const entailed = await entailedParts(deps.entail, answers, Z);
  return answers.map((answer, i) => grade(questions[i]!, answer, Z[i]!, null, entailed[i]));
}

const NOT_MEASURED: FurtherMeasures = {
  asked_share: null,
  asked_of: null,
  closed_exact: null,
  open_exact: null,
  exact_of: null,
  twohop_explained: null,
  twohop_known: null,
  other_open: null,
  other_scored: null,
  other_open_response: null,
  other_explained: null,
  margin_right: null,
  margin_wrong: null,
  test_scored: null,
};

/**
 * What a run is and what it records. Field names are method.md's and TRL's; `null` means "not measured" and is shown
 * as a dash. Every number here comes from the engine, never from the page.
 */
import type { RunConfig } from "./config.ts";
import type { Fingerprint } from "./fingerprint.ts";

/** What the lab is doing inside a cycle, in the order it happens. */
export type Phase =
  | "preparing" // GPU device, shaders, self-test
  | "retrieving" // passages for every question, once per run
  | "open-book" // answers with the passages
  | "closed-book" // answers without them
  | "rewarding" // accuracy × rationality
  | "optimising" // updates of the adapter
  | "testing" // held-out answers, open and closed
  | "explaining"; // held-out explanations, open and closed

export type RunStatus = "preparing" | "running" | "pausing" | "paused" | "finished" | "stopped" | "failed";

/** One optimiser update (method.md §3, "Log per step"). Means over the update's questions; shares in [0, 1]. */
export interface UpdateRow {
  type: "update";
  cycle: number; // from 1
  update: number; // from 0 over the whole run
  loss: number;
  s_z: number | null; // nats per token
  s_c: number | null;
  s_l: number | null;
  s_w: number | null;
  s_kl: number | null; // minus the divergence from the teacher, by objectives and retention that have one; null in older rows
  s_chain?: number | null; // of two-hop rows (`chains`); rows of earlier versions lack it
  clipped_chosen: number | null; // share of questions whose s_c is above its clip
  clipped_rejected: number | null; // share whose s_l is below its clip
  differ: number | null; // share of questions with y_w ≠ y_l
  zero_reward: number | null; // share with r = 0
  reward: number | null; // mean r, of y_w or of the samples the model learns from
  grad_norm: number; // before clipping
  learning_rate: number;
  num_tokens: number; // tokens that went through the model
  supervised_tokens: number; // tokens whose log-probability has a weight in the loss
  question_visits: number; // cumulative over the run, as are the next two
  passage_visits: number;
  total_supervised_tokens: number;
  seconds: number; // wall time of this update
}

/** Measures besides (method.md §3), taken where explanations are tested, the margins always. Fractions in [0, 1]. */
export interface FurtherMeasures {
  closed_exact: number | null; // share of held-out questions whose brief answer in the model's own words is the gold one
  open_exact: number | null;
  exact_of: number | null; // so many held-out questions, with options or not
  twohop_explained: number | null; // share explained by way of the bridge and answered rightly, closed book …
  twohop_known: number | null; // … of so many: two-hop questions whose two facts it tells rightly one by one
  other_open: number | null; // open book on an archive never trained on: answers among options …
  other_scored: number | null; // … to so many questions
  other_open_response: number | null; // mean reward of explanations there …
  other_explained: number | null; // … of so many questions
  asked_share: number | null; // of held-out explanations, both books, that had to be asked for their answer; null where none would be …
  asked_of: number | null; // … of so many
  margin_right: number | null; // mean lead of the chosen option over the second, closed book, nats per token, where it is right
  margin_wrong: number | null; // where it is wrong
  test_scored: number | null; // held-out questions with options: what closed_test, open_test and the margins are of
}

/** What a mean reward of explanations is made of, answer by answer: accuracy × rationality, which is valid × F1 of the next two × entailed. */
export const REWARD_PARTS = [
  "accuracy",
  "rationality",
  "valid",
  "grounded_precision",
  "grounded_recall",
  "entailed",
] as const;
export type RewardPart = (typeof REWARD_PARTS)[number];

/** The mean rewards that are told in parts: of held-out explanations, and of those that are taught. */
export type RewardInParts = "closed_response" | "open_response" | "reward_explain";

type PartKey = `${RewardInParts}_${RewardPart}`;

/**
 * Means of the parts, `closed_response_valid` and so on, absent where no explanation was marked and in rows of earlier
 * versions; two of the names are older than the rest and are fields of every row.
 */
export type PartMeasures = {
  [K in Exclude<PartKey, "closed_response_accuracy" | "open_response_accuracy">]?: number | null;
};

/** One point of the plot. Fractions in [0, 1]. What is null was not measured; rows of earlier versions lack the further ones. */
export interface CycleRow extends Partial<FurtherMeasures>, PartMeasures {
  type: "cycle";
  cycle: number; // 0 = before training
  closed_train: number | null;
  closed_test: number | null;
  open_test: number | null;
  closed_2hop: number | null;
  closed_response: number | null; // mean reward of greedy responses on held-out questions
  open_response: number | null;
  closed_response_accuracy: number | null;
  open_response_accuracy: number | null;
  reward_train: number | null; // mean reward of y_w, or of samples, in this cycle, over all that is taught
  reward_brief?: number | null; // the same of brief answers; rows of earlier versions lack this and the next three
  reward_explain?: number | null; // of explanations
  rewarded_brief?: number | null; // coverage: share of y_w that earned anything, and so is taught
  rewarded_explain?: number | null;
  chains?: number | null; // two-hop rows that what is taught could be put together to; null where the run has none
  kl: number | null; // mean KL(adapter ‖ base) over probe rows, nats
  question_visits: number;
  passage_visits: number;
  supervised_tokens: number;
  updates: number;
  seconds: number; // wall time since the run's start, pauses and reloads left out
}

export type MetricRow = UpdateRow | CycleRow;

/** GPU memory of training, bytes. */
export interface MemoryNeed {
  weights: number;
  adapter: number;
  optimizer: number; // gradients and AdamW's moments
  activations: number; // logits and tables among them
  cache: number; // keys and values of generation, which come when an update's memory is not all in use
  total: number; // the most that is held at one time
}

/** The trivial baselines that stand beside the model (method.md §5). Fractions of the test questions. */
export interface Baselines {
  chance: number | null;
  longest_option: number | null;
  string_in_context: number | null; // picks among the options found in the retrieved passages, equals share the credit
  answer_prior?: number | null; // picks what is most often a training answer; absent in runs stored before it was counted
}

/** A question as the data has it (method.md §5). `options` is empty for an open question. */
export interface Question {
  question: string;
  options: Record<string, string>;
  answer: string;
  evidence: string | null; // the sentence that states the fact; of a two-hop question both
  relation: string | null;
  phrasings: string[]; // other wordings of the same question, for training only
  bridge: string | null; // of a two-hop question: what the first fact answers and the second is about
}

/** A passage as retrieved for a question, best first. */
export interface RetrievedPassage {
  index: number; // position in the run's passages
  text: string;
  title: string | null;
  heading?: string | null; // as is the page, absent where its document has none
  page?: number | null;
  score: number; // reciprocal-rank, BM25 or cosine score, as `retrieval` says
}

/** The parts of rationality (method.md §4), each in [0, 1]. `null` where a part was not computed. */
export interface RationalityParts {
  valid: number;
  grounded_precision: number;
  grounded_recall: number;
  entailed: number | null; // needs an NLI model (RunConfig.nli)
  rationality: number; // valid × F1 of the two, × entailed where it was computed
}

/** A question put to the model for its options' log-probabilities, with these passages in the prompt; none: closed book. */
export interface OptionSitting {
  question: string;
  options: string[];
  passages: string[];
}

/** For an NLI model: does `hypothesis` follow from `premise`? */
export interface TextPair {
  premise: string;
  hypothesis: string;
}

/** p(entailment) of each pair, in [0, 1]. */
export type Entail = (pairs: readonly TextPair[]) => Promise<number[]>;

/** One answer to one question, open or closed book. */
export interface AnswerRecord {
  text: string; // the chosen option or the answer taken out of the response
  correct: boolean | null; // null without a gold answer
  option_scores: Record<string, number> | null; // s(option | prompt), nats per token; by option key
  explanation: string | null; // response mode
  rationality: RationalityParts | null;
  reward: number | null;
  tokens: { text: string; logprob: number }[]; // the completion's tokens, for the heat map
}

/** One question looked at closely, by the model as it is now and by the base. */
export interface Inspection {
  set: QuestionSet;
  index: number;
  question: Question;
  passages: RetrievedPassage[];
  open: AnswerRecord;
  closed: AnswerRecord;
  closed_before: AnswerRecord; // the base, adapter off
}

/** What the passages added to an open-book answer of the model before training; log-probabilities, nats. */
export interface BookAdded {
  form: "brief" | "explain";
  text: string; // the answer
  correct: boolean | null;
  tokens: { text: string; open: number; closed: number; weight: number }[]; // with, without passages; w_t of `credit`
  sentences: { text: string; added: number | null }[][]; // by passage: how much likelier each made the whole answer; null: not tried
}

/** `held`: questions about facts that nothing is trained on; a run does not measure them. */
export type QuestionSet = "train" | "test" | "twohop" | "held";

/** Which held-out questions were right after a cycle, for flips: one entry per test question. */
export interface CycleAnswers {
  cycle: number;
  closed_test: (string | null)[]; // chosen option text
  open_test: (string | null)[];
  closed_reward?: number[]; // of the explained answer, where explanations were tested
  open_reward?: number[];
}

/** A run as stored: everything a reload needs except the checkpoint's bytes. */
export interface RunRecord {
  id: string;
  createdAt: number; // ms since the epoch, from the clock of the page
  name: string;
  config: RunConfig;
  status: RunStatus;
  cycle: number; // the last finished cycle
  update: number; // updates done
  checkpointId: string | null;
  baselines: Baselines | null;
  memory: MemoryNeed | null; // as planned before the first piece
  gpuAdapter: string | null; // "vendor architecture device" of the GPU adapter
  variants: Record<string, string> | null; // the kernel variants autotune chose; resume uses them
  fingerprint?: Fingerprint | null; // of what it was begun on; absent in runs stored before it was kept
  notes?: string[]; // what of its files was left out, or read in a way to know of; absent where nothing was, and in older runs
  lost?: number; // times the GPU was lost under way, and the run went on from its last checkpoint; absent: never
  extended?: Extension[]; // absent where it went no further than it was begun for
  imported?: { adapter: number | null }; // it came as a file, maybe with its adapter as after a cycle; it cannot go on
  label?: RunLabel; // absent where nothing was said
  error: string | null;
}

/** A finished run that was told to go on. */
export interface Extension {
  cycles: number; // it had
  updates: number; // done then
  learning_rate: [before: number, after: number]; // of the last update before, of the first after
}

/** What a person says of a run; kept apart from what the run says of itself. */
export interface RunLabel {
  name: string | null; // null: as the run was begun
  note: string;
  colour: number | null; // one of RUN_COLOURS, to know it by
  use: KeptBy | null; // which of its adapters is asked and exported; null: the last
  deletedAt: number | null; // ms since the epoch; it can be put back for a while
}

export const RUN_COLOURS = 6;

export const NO_LABEL: RunLabel = { name: null, note: "", colour: null, use: null, deletedAt: null };

/** Measures by which the best cycle's adapter is kept beside the last one's, each with its words. */
export const KEPT_BY = {
  closed_test: "answers, closed book",
  closed_response: "explanations, closed book",
  closed_exact: "answers in its own words, closed book",
} as const;
export type KeptBy = keyof typeof KEPT_BY;

/** The cycle that is best by a measure, the earliest of equals; null where it was not measured. What came before training is none. */
export function bestCycle(rows: readonly MetricRow[], by: KeptBy): CycleRow | null {
  let best: CycleRow | null = null;
  for (const row of rows) {
    if (row.type !== "cycle" || row.cycle === 0) continue;
    if ((row[by] ?? Number.NEGATIVE_INFINITY) > (best?.[by] ?? Number.NEGATIVE_INFINITY)) best = row;
  }
  return best;
}

/** Invented numbers that look like a run, for tests and pictures of the page only; seeded, so they repeat. */
import { parseRunConfig, type RunConfig } from "../../../src/core/config.ts";
import type { AdapterNorms, EngineInfo, KernelCheck } from "../../../src/core/messages.ts";
import { uniformAt } from "../../../src/core/rng.ts";
import type {
  AnswerRecord,
  BookAdded,
  CycleAnswers,
  CycleRow,
  FurtherMeasures,
  Inspection,
  PartMeasures,
  Question,
  RunRecord,
  UpdateRow,
} from "../../../src/core/run.ts";

export const configOf = (changes: Partial<RunConfig> = {}): RunConfig =>
  parseRunConfig({ objective: "rlag", ...changes });

/** A model that is open on a GPU. */
export const engineInfo = (changes: Partial<EngineInfo> = {}): EngineInfo => ({
  model: "models/pocket",
  gpuAdapter: "apple metal-3",
  isFallbackAdapter: false,
  parameters: 918_656,
  modelBytes: 1_837_312,
  passageTokens: 256,
  canThink: false,
  features: [],
  ...changes,
});

export const QUESTIONS: Question[] = Array.from({ length: 124 }, (_, i) => ({
  question: i === 16 ? "Where was Brem Coprea born?" : `In which town is the home of person ${i + 1}?`,
  options: { A: "Naithford", B: "Thornmoor", C: "Gainford" },
  answer: "Thornmoor",
  evidence: "The birthplace of Brem Coprea is Thornmoor.",
  relation: "birthplace",
  phrasings: [],
  bridge: null,
}));

const OPEN = [0.97, 1, 0.98, 0.97, 1, 1, 1, 0.99, 0.98];
const CLOSED = [0.18, 0.38, 0.48, 0.54, 0.57, 0.65, 0.77, 0.79, 0.83];

export const cycleRow = (cycle: number, changes: Partial<CycleRow> = {}): CycleRow => ({
  type: "cycle",
  cycle,
  closed_train: Math.min(1, CLOSED[cycle]! + (cycle > 0 ? 0.1 : 0)),
  closed_test: CLOSED[cycle]!,
  open_test: OPEN[cycle]!,
  closed_2hop: 0.24 + 0.02 * cycle,
  closed_response: cycle % 4 === 0 ? 0.02 + 0.08 * cycle : null,
  open_response: cycle % 4 === 0 ? 0.74 - 0.01 * cycle : null,
  closed_response_accuracy: null,
  open_response_accuracy: null,
  reward_train: cycle === 0 ? null : 0.92,
  kl: cycle * 0.11,
  question_visits: 256 * cycle,
  passage_visits: 768 * cycle,
  supervised_tokens: 4210 * cycle,
  updates: 16 * cycle,
  seconds: 61.3 * cycle,
  ...(cycle % 4 === 0 ? FURTHER(cycle) : {}),
  ...changes,
});

/** What is measured where explanations are tested. */
const FURTHER = (cycle: number): FurtherMeasures & PartMeasures => ({
  closed_response_valid: 0.7 + 0.02 * cycle,
  closed_response_grounded_precision: 0.2 + 0.08 * cycle,
  closed_response_grounded_recall: 0.1 + 0.09 * cycle,
  closed_response_entailed: null,
  closed_response_rationality: 0.1 + 0.085 * cycle,
  open_response_valid: 0.99,
  open_response_grounded_precision: 1,
  open_response_grounded_recall: 0.84,
  open_response_entailed: null,
  open_response_rationality: 0.9 - 0.01 * cycle,
  closed_exact: 0.03 + 0.07 * cycle,
  open_exact: 0.85,
  exact_of: 124,
  twohop_explained: cycle === 0 ? null : 0.04 * cycle,
  twohop_known: 2 * cycle,
  other_open: 0.87 - 0.02 * cycle,
  other_scored: 60,
  other_open_response: 0.71 - 0.03 * cycle,
  other_explained: 60,
  asked_share: null, // the built-in model says its answers
  asked_of: null,
  margin_right: 0.4 + 0.2 * cycle,
  margin_wrong: 0.4,
  test_scored: 124,
});

export const updateRow = (update: number): UpdateRow => {
  const noise = uniformAt(5, "data", update) - 0.5;
  const t = update / 128;
  return {
    type: "update",
    cycle: 1 + Math.floor(update / 16),
    update,
    loss: 2.1 - 0.9 * t + 0.25 * noise,
    s_z: -2.2 + 0.9 * t + 0.1 * noise,
    s_c: -0.4 + 0.2 * t + 0.1 * noise,
    s_l: -1.2 - 0.8 * t + 0.2 * noise,
    s_w: -2.6 * Math.exp(-2.5 * t) - 0.2 + 0.15 * noise,
    s_kl: null,
    clipped_chosen: 0.2,
    clipped_rejected: 0.05,
    differ: 0.6 - 0.4 * t,
    zero_reward: 0.06 + 0.04 * noise,
    reward: 0.92 + 0.04 * noise,
    grad_norm: 0.9 - 0.4 * t + 0.2 * noise,
    learning_rate: 2e-3,
    num_tokens: 5200,
    supervised_tokens: 264,
    question_visits: 16 * (update + 1),
    passage_visits: 48 * (update + 1),
    total_supervised_tokens: 264 * (update + 1),
    seconds: 3.4,
  };
};

export const answersOf = (cycle: number): CycleAnswers => ({
  cycle,
  closed_test: QUESTIONS.map((_, i) =>
    i === 16
      ? cycle >= 3
        ? "Thornmoor"
        : "Naithford"
      : uniformAt(3, "data", i) < CLOSED[cycle]!
        ? "Thornmoor"
        : "Naithford",
  ),
  open_test: QUESTIONS.map((_, i) => (uniformAt(4, "data", i) < OPEN[cycle]! ? "Thornmoor" : "Gainford")),
});

export const runRecord = (changes: Partial<RunRecord> = {}): RunRecord => ({
  id: "run-1",
  createdAt: Date.UTC(2026, 10, 23, 9, 30),
  name: "RLAG with explanations",
  config: configOf({ answers: "response" }),
  status: "running",
  cycle: 6,
  update: 107,
  checkpointId: "checkpoint-6",
  baselines: { chance: 0.2, longest_option: 0.24, string_in_context: 0.62, answer_prior: 0.27 },
  memory: null,
  gpuAdapter: "apple metal-3",
  variants: null,
  error: null,
  ...changes,
});

const tokens = (parts: readonly [string, number][]) =>
  parts.map(([text, p]) => ({ text, logprob: Math.log(p) }));

const answer = (changes: Partial<AnswerRecord>): AnswerRecord => ({
  text: "Thornmoor",
  correct: true,
  option_scores: { A: -3.12, B: -0.14, C: -2.87 },
  explanation: "The birthplace of Brem Coprea is Thornmoor.",
  rationality: { valid: 1, grounded_precision: 1, grounded_recall: 0.86, entailed: null, rationality: 0.92 },
  reward: 0.92,
  tokens: [],
  ...changes,
});

export const inspectionOf = (set: Inspection["set"], index: number): Inspection => ({
  set,
  index,
  question: QUESTIONS[index] ?? QUESTIONS[16]!,
  passages: [
    {
      index: 3,
      title: "Brem Coprea",
      text: "Brem Coprea is a beekeeper. The birthplace of Brem Coprea is Thornmoor. In the evening Brem Coprea plays the zither.",
      score: 0.0328,
    },
    {
      index: 9,
      title: "Thornmoor",
      text: "Thornmoor lies on the river Shaxburn. The founder of Thornmoor was Hoarn Yolt.",
      score: 0.0161,
    },
  ],
  open: answer({
    tokens: tokens([
      ["The ", 0.97],
      ["birthplace ", 0.9],
      ["of ", 1],
      ["Brem ", 0.99],
      ["Coprea ", 0.99],
      ["is ", 1],
      ["Thorn", 0.94],
      ["moor", 0.99],
      [". ", 1],
      ["The answer is ", 1],
      ["Thornmoor", 0.98],
      [".", 1],
    ]),
  }),
  closed: answer({
    explanation: "Brem Coprea was born in Thornmoor.",
    tokens: tokens([
      ["Brem ", 0.95],
      ["Coprea ", 0.98],
      ["was ", 0.6],
      ["born ", 0.9],
      ["in ", 0.8],
      ["Thorn", 0.25],
      ["moor", 0.9],
      [". ", 1],
      ["The answer is ", 1],
      ["Thornmoor", 0.8],
      [".", 1],
    ]),
  }),
  closed_before: answer({
    text: "Naithford",
    correct: false,
    explanation: "Brem Coprea was born in Naithford.",
    reward: 0,
  }),
});

/** A kernel as a check of the GPU found it: right, on the small data of the check. */
export const kernelCheck = (changes: Partial<KernelCheck> = {}): KernelCheck => ({
  kernel: "glu(WG=64)",
  stem: "glu",
  type: "F32",
  maxError: 2.1e-7,
  share: 0.14,
  passed: true,
  fault: null,
  seconds: 12e-6,
  flops: null,
  rows: null,
  ...changes,
});

const product = { stem: "matmulNt", share: 0.31, rows: 512, flops: 2 * 512 * 1536 * 584 };
export const KERNELS: readonly KernelCheck[] = [
  kernelCheck(),
  kernelCheck({ kernel: "rope()", stem: "rope", maxError: 0, share: 0, seconds: 9e-6 }),
  kernelCheck({ ...product, kernel: "matmulNtTile(SIDE=8)", seconds: 0.9e-3 }),
  kernelCheck({ ...product, kernel: "matmulNtTile(SIDE=16)", seconds: 0.6e-3, share: 0.28 }),
  kernelCheck({ ...product, kernel: "matmulNtSmall(WG=64)", rows: 8, flops: 14_350_000, seconds: 80e-6 }),
  kernelCheck({ ...product, kernel: "matmulNtTile+loadQ8_0(SIDE=8)", type: "Q8_0", seconds: 0.7e-3 }),
];

/** What the passages of `inspectionOf` added: the name of the town, by the sentence that states it. */
export const addedOf = ({ answers, credit }: RunConfig): BookAdded[] =>
  (["brief", "explain"] as const)
    .filter((form) => answers === "both" || (answers === "options") === (form === "brief"))
    .map((form) => ({
      form,
      text: "Thornmoor",
      correct: true,
      tokens: (
        [
          ...(form === "brief" ? [] : ([["The birthplace of Brem Coprea is ", -0.2, -0.3]] as const)),
          ["Thorn", -0.1, -5.4],
          ["moor", -0.02, -1.22],
          ["<|im_end|>", 0, -0.001],
        ] as const
      ).map(([text, open, closed]) => ({ text, open, closed, weight: credit + Math.min(5, open - closed) })),
      sentences: [
        [
          { text: "Brem Coprea is a beekeeper.", added: -0.1 },
          { text: "The birthplace of Brem Coprea is Thornmoor.", added: 4.2 },
          { text: "In the evening Brem Coprea plays the zither.", added: 0.02 },
        ],
        [
          { text: "Thornmoor lies on the river Shaxburn.", added: 0.9 },
          { text: "The founder of Thornmoor was Hoarn Yolt.", added: null },
        ],
      ],
    }));

/** Of an adapter that grew: two layers of four matrices, two of them no targets in the last. */
export const NORMS: AdapterNorms = {
  modules: ["q_proj", "v_proj", "down_proj"],
  steps: [
    {
      cycle: 4,
      update: null,
      norms: [
        [0.3, 0.4, 1.2],
        [0, null, 0],
      ],
    },
    {
      cycle: 8,
      update: 130,
      norms: [
        [0.6, 0.8, 2.4],
        [0.1, null, 3],
      ],
    },
  ],
};

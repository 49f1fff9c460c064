/** The words of every objective (method.md §3); its loss is the file of its name in train/objectives. */

export interface ObjectiveWords {
  name: string; // what a run of it is called
  says: string; // in the list of choices, after the name
  description: string; // one line: what it does
  /** The settings that only some objectives read, as far as this one does. */
  reads: readonly string[];
  /** What it brings where the settings say nothing. */
  defaults: Readonly<Record<string, unknown>>;
  /** Of these, what may not be anything else. */
  fixed: readonly string[];
}

const WORDS = {
  credit: {
    name: "Credit",
    says: "reward, token by token",
    description:
      "What was answered well with the book open is raised with the book closed, most where the book helped",
    reads: ["teacher", "gold", "samples", "credit", "chains"],
    defaults: {
      answers: "both",
      phrasings: null,
      samples: 7,
      credit: 0.2,
      retain: 1,
      retain_share: 0.25,
      learning_rate: 4e-3,
      lr_scheduler_type: "linear",
    },
    fixed: [],
  },
  rlag: {
    name: "RLAG",
    says: "reward and closed-book anchor",
    description: "What was answered well with the book open is raised with the book closed",
    reads: ["teacher", "gold", "anchor", "beta", "samples", "chains"],
    defaults: {},
    fixed: [],
  },
  "rlag-paper": {
    name: "RLAG as published",
    says: "passages up, open-book answer over closed-book answer",
    description: "The published RLAG loss, without a reward: it never raises the answer itself",
    reads: ["teacher", "gold", "beta", "samples", "chains"],
    defaults: { teacher: "policy", beta: 0.5 },
    fixed: ["teacher"],
  },
  sft: {
    name: "SFT",
    says: "imitate the gold answers",
    description: "Supervised fine-tuning on the gold answers, book closed",
    reads: ["credit", "chains"],
    defaults: {},
    fixed: [],
  },
  cpt: {
    name: "CPT",
    says: "read the passages again",
    description: "Continual pre-training on the retrieved passages",
    reads: [],
    defaults: {},
    fixed: [],
  },
  "cpt+sft": {
    name: "CPT, then SFT",
    says: "read the passages again, then imitate",
    description:
      "Continual pre-training in the first half of the updates, supervised fine-tuning in the second",
    reads: ["credit", "chains"],
    defaults: {},
    fixed: [],
  },
  distill: {
    name: "Context distillation",
    says: "answer as the base does with the book open",
    description:
      "At every token of its open-book answer, the base with the book open teaches the closed book",
    reads: ["samples", "chains"],
    defaults: { teacher: "base" },
    fixed: ["teacher"],
  },
  sdft: {
    name: "Self-distillation",
    says: "be corrected by the open book",
    description: "At every token of its own closed-book answer, the base with the book open teaches it",
    reads: [],
    defaults: { phrasings: 0 },
    fixed: ["phrasings"],
  },
  simpo: {
    name: "SimPO",
    says: "open-book answer over closed-book answer",
    description:
      "The open-book answer is preferred to the closed-book one, without passages and without a reward",
    reads: ["teacher", "gold", "beta", "simpo_gamma", "samples", "chains"],
    defaults: { beta: 2 },
    fixed: [],
  },
  grpo: {
    name: "GRPO",
    says: "reward without the open book",
    description:
      "Closed-book samples are raised or lowered by their reward: what RL does without the open book",
    reads: ["num_generations", "kl_coef"],
    defaults: { gold: true, phrasings: 0 },
    fixed: ["gold", "phrasings"],
  },
} as const satisfies Record<string, ObjectiveWords>;

export type Objective = keyof typeof WORDS;
export const OBJECTIVES: Readonly<Record<Objective, ObjectiveWords>> = WORDS;
export const OBJECTIVE_NAMES = Object.keys(WORDS) as Objective[];

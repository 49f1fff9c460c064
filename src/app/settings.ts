/** Every setting a person may move: its name in plain words, its control, and what moves if it is moved. */
import {
  ANSWERS,
  OBJECTIVES,
  parseRunConfig,
  RETRIEVALS,
  type RunConfig,
  SCHEDULES,
  TARGET_MODULES,
} from "../core/config.ts";
import { LabError } from "../core/errors.ts";

/** Fields of a run that are chosen by looking at what there is, or not at all on the page. */
export const CHOSEN_ELSEWHERE = ["model", "data", "embedder", "nli", "init_adapter", "order"] as const;
export type SettingKey = Exclude<keyof RunConfig, (typeof CHOSEN_ELSEWHERE)[number]>;

export interface Setting {
  key: SettingKey;
  label: string;
  kind: "number" | "number-or-all" | "choice" | "modules" | "switch";
  choices?: Record<string, string>;
  moves: string;
}

const named = <T extends string>(names: readonly T[], words: Record<T, string>): Record<string, string> =>
  Object.fromEntries(names.map((n) => [n, words[n]]));

export const SETTINGS: readonly { title: string; settings: readonly Setting[] }[] = [
  {
    title: "What is learned",
    settings: [
      {
        key: "objective",
        label: "Objective",
        kind: "choice",
        choices: named(OBJECTIVES, {
          rlag: "RLAG: reward and closed-book anchor",
          "rlag-paper": "RLAG: the published loss",
          sft: "SFT: imitate the gold answers",
          cpt: "CPT: read the passages again",
        }),
        moves:
          "What a step pulls on. The published loss never raises the answer itself; watch s_w stay where it is.",
      },
      {
        key: "answers",
        label: "Answers",
        kind: "choice",
        choices: named(ANSWERS, {
          response: "explanation, then answer",
          options: "brief, among the options",
        }),
        moves:
          "Brief answers are quicker and close the gap of answers only; explanations close both, less far.",
      },
      {
        key: "teacher",
        label: "Teacher",
        kind: "choice",
        choices: { base: "the base model, book open", policy: "the model in training, book open" },
        moves: "A teacher that trains along learns from its own slips, and its reward tends to fall.",
      },
      {
        key: "gold",
        label: "Use gold answers",
        kind: "switch",
        moves: "Off: an answer counts as right when the open book is sure of it, so no answer key is needed.",
      },
      {
        key: "anchor",
        label: "Anchor",
        kind: "number",
        moves:
          "Higher pulls the rewarded answer up harder with the book closed; 0 leaves only the comparison.",
      },
      {
        key: "beta",
        label: "Pair weight",
        kind: "number",
        moves: "Higher pushes the open-book answer above the closed-book one, and that one down.",
      },
    ],
  },
  {
    title: "How long",
    settings: [
      {
        key: "cycles",
        label: "Cycles",
        kind: "number",
        moves: "Each adds a point to the plot, and as much time as the last.",
      },
      {
        key: "updates",
        label: "Updates per cycle",
        kind: "number",
        moves: "More learn further between two looks; the plot gets coarser.",
      },
      {
        key: "batch_size",
        label: "Questions per update",
        kind: "number",
        moves: "More make steadier steps that each take longer.",
      },
      {
        key: "questions",
        label: "Questions",
        kind: "number-or-all",
        moves: "Only the first N of each set: quicker, with wider intervals.",
      },
      {
        key: "explain_every",
        label: "Test explanations every",
        kind: "number",
        moves:
          "In cycles; the first and last always count. Writing explanations is the slow part of a test. 0 never tests them.",
      },
    ],
  },
  {
    title: "What it may look up",
    settings: [
      {
        key: "retrieval",
        label: "Search",
        kind: "choice",
        choices: named(RETRIEVALS, {
          hybrid: "words and meaning",
          bm25: "words (BM25)",
          cosine: "meaning (cosine)",
        }),
        moves: "Decides which passages the open book shows; try the difference on the Knowledge page.",
      },
      {
        key: "k",
        label: "Passages per question",
        kind: "number",
        moves: "More find the fact oftener and make every open-book answer slower.",
      },
    ],
  },
  {
    title: "Optimiser",
    settings: [
      {
        key: "learning_rate",
        label: "Learning rate",
        kind: "number",
        moves: "Higher learns faster until the loss jumps; watch the gradient norm.",
      },
      {
        key: "lr_scheduler_type",
        label: "Schedule",
        kind: "choice",
        choices: named(SCHEDULES, {
          constant: "constant",
          linear: "linear to zero",
          cosine: "cosine to zero",
        }),
        moves: "A rate that falls settles the last cycles, and makes a run that is cut short look worse.",
      },
      {
        key: "warmup_steps",
        label: "Warm-up updates",
        kind: "number",
        moves: "The rate climbs over these; useful when the first steps jump.",
      },
      {
        key: "weight_decay",
        label: "Weight decay",
        kind: "number",
        moves: "Higher keeps the adapter small, closer to the base.",
      },
      {
        key: "max_grad_norm",
        label: "Clip gradients at",
        kind: "number",
        moves: "Lower tames single wild updates; too low slows all of them.",
      },
    ],
  },
  {
    title: "Adapter",
    settings: [
      { key: "r", label: "Rank", kind: "number", moves: "Higher holds more facts in a larger file." },
      {
        key: "lora_alpha",
        label: "LoRA alpha",
        kind: "number",
        moves: "Scales the adapter by alpha / rank; acts much like the learning rate.",
      },
      {
        key: "target_modules",
        label: "Where it attaches",
        kind: "modules",
        moves: "Fewer places train faster and leave less room for facts.",
      },
    ],
  },
  {
    title: "Repeatability",
    settings: [
      {
        key: "seed",
        label: "Seed",
        kind: "number",
        moves: "The same seed on the same GPU gives the same run, bit for bit.",
      },
    ],
  },
];

export const ALL_SETTINGS: readonly Setting[] = SETTINGS.flatMap((group) => group.settings);

/** What a person typed, as the value the settings expect; text that is no number stays text, so that the check can quote it. */
export function readNumber(text: string, allowsAll: boolean): unknown {
  const trimmed = text.trim().replace(",", ".");
  if (trimmed === "") return allowsAll ? null : "";
  const value = Number(trimmed);
  return Number.isNaN(value) ? trimmed : value;
}

export interface CheckedConfig {
  config: RunConfig | null; // null when something is wrong
  faults: Partial<Record<string, string>>; // by field
}

/** Parses settings and sorts the one message of `parseRunConfig` by the fields it names. */
export function checkConfig(raw: object): CheckedConfig {
  try {
    return { config: parseRunConfig(raw), faults: {} };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const faults: Record<string, string> = {};
    for (const fault of error.message.split("; ")) {
      const key = /^(\w+) must be /.exec(fault)?.[1];
      if (key) faults[key] = fault.slice(key.length + 1).replace(/^must/, "Must");
    }
    return { config: null, faults };
  }
}

export const sameValue = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The modules in their canonical order, one added or taken away. */
export const toggleModule = (modules: readonly string[], name: string): string[] =>
  TARGET_MODULES.filter((m) => (m === name ? !modules.includes(m) : modules.includes(m)));

/** The fields in which two runs differ, `model` and `data` included. */
export function configDifference(a: RunConfig, b: RunConfig): (keyof RunConfig)[] {
  return (Object.keys(a) as (keyof RunConfig)[]).filter((key) => !sameValue(a[key] ?? null, b[key] ?? null)); // a run may be older than a setting
}

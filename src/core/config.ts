/** The settings of a run: parsed once, at the edge. Field names are PEFT's, TRL's and method.md's. */
import { LabError } from "./errors.ts";

export const OBJECTIVES = ["rlag", "rlag-paper", "sft", "cpt"] as const;
export type Objective = (typeof OBJECTIVES)[number];
export const RETRIEVALS = ["hybrid", "bm25", "cosine"] as const;
export type Retrieval = (typeof RETRIEVALS)[number];
export const ANSWERS = ["options", "response"] as const;
export type Answers = (typeof ANSWERS)[number];
export const SCHEDULES = ["constant", "linear", "cosine"] as const;
export type Schedule = (typeof SCHEDULES)[number];
export const TARGET_MODULES = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
] as const;
export type TargetModule = (typeof TARGET_MODULES)[number];

/** One run, complete: nothing inside the engine has a default of its own. */
export interface RunConfig {
  model: string; // folder with config.json, *.safetensors, tokenizer.json, or a GGUF file; path or URL
  data: string; // folder or URL with documents.json, train.json, test.json, optional twohop.json
  embedder: string; // folder or URL with model.onnx, tokenizer.json, embedder.json, or a sentence transformer's
  nli: string | null; // folder or URL with an NLI model: rationality × `entailed`; null = without
  retrieval: Retrieval;
  k: number; // passages per question
  answers: Answers;
  objective: Objective;
  cycles: number;
  updates: number; // per cycle
  batch_size: number; // questions per update
  learning_rate: number;
  lr_scheduler_type: Schedule;
  warmup_steps: number; // updates
  weight_decay: number;
  max_grad_norm: number;
  r: number;
  lora_alpha: number;
  target_modules: TargetModule[];
  teacher: "base" | "policy"; // who answers with the book open
  anchor: number; // α of `rlag`
  beta: number; // weight of the pair term when the answers differ
  seed: number;
  explain_every: number; // evaluate explanations every N cycles (and at the first and last); 0 = never
  questions: number | null; // only the first N of each set
  gold: boolean; // false: rewards without gold answers
  init_adapter: string | null; // PEFT folder to start from
  order: number[][] | null; // indices into train, one list per update; null = a seeded shuffle every cycle
}

/** The archive preset of method.md §3. */
export const RUN_DEFAULTS: RunConfig = {
  model: "models/pocket",
  data: "data/archive",
  embedder: "models/embedder-static",
  nli: null,
  retrieval: "hybrid",
  k: 3,
  answers: "options",
  objective: "rlag",
  cycles: 8,
  updates: 16,
  batch_size: 16,
  learning_rate: 2e-3,
  lr_scheduler_type: "constant",
  warmup_steps: 0,
  weight_decay: 0,
  max_grad_norm: 1,
  r: 16,
  lora_alpha: 32,
  target_modules: [...TARGET_MODULES],
  teacher: "base",
  anchor: 2,
  beta: 0.1,
  seed: 0,
  explain_every: 4,
  questions: null,
  gold: true,
  init_adapter: null,
  order: null,
};

type Check = (value: unknown) => string | null; // what it must be, or null when it is
const text: Check = (v) => (typeof v === "string" && v !== "" ? null : "a non-empty string");
const oneOf =
  (names: readonly string[]): Check =>
  (v) =>
    names.includes(v as string) ? null : `one of ${names.join(", ")}`;
const integer =
  (min: number): Check =>
  (v) =>
    Number.isInteger(v) && (v as number) >= min ? null : `an integer ≥ ${min}`;
const number =
  (min: number, above = false): Check =>
  (v) =>
    typeof v === "number" && Number.isFinite(v) && (above ? v > min : v >= min)
      ? null
      : `a number ${above ? ">" : "≥"} ${min}`;
const orNull =
  (check: Check): Check =>
  (v) => {
    const need = v === null ? null : check(v);
    return need === null ? null : `null or ${need}`;
  };

const CHECKS: Record<keyof RunConfig, Check> = {
  model: text,
  data: text,
  embedder: text,
  nli: orNull(text),
  retrieval: oneOf(RETRIEVALS),
  k: integer(1),
  answers: oneOf(ANSWERS),
  objective: oneOf(OBJECTIVES),
  cycles: integer(0),
  updates: integer(1),
  batch_size: integer(1),
  learning_rate: number(0, true),
  lr_scheduler_type: oneOf(SCHEDULES),
  warmup_steps: integer(0),
  weight_decay: number(0),
  max_grad_norm: number(0, true),
  r: integer(1),
  lora_alpha: number(0, true),
  target_modules: (v) => {
    const ok =
      Array.isArray(v) && v.length > 0 && v.every((m) => (TARGET_MODULES as readonly unknown[]).includes(m));
    return ok && new Set(v).size === v.length
      ? null
      : `a non-empty list without repeats of ${TARGET_MODULES.join(", ")}`;
  },
  teacher: oneOf(["base", "policy"]),
  anchor: number(0),
  beta: number(0),
  seed: integer(0),
  explain_every: integer(0),
  questions: orNull(integer(1)),
  gold: (v) => (typeof v === "boolean" ? null : "true or false"),
  init_adapter: orNull(text),
  order: orNull((v) =>
    Array.isArray(v) &&
    v.length > 0 &&
    v.every((b) => Array.isArray(b) && b.length > 0 && b.every((i) => integer(0)(i) === null))
      ? null
      : "a list of lists of question indices",
  ),
};

/**
 * Completes and checks a run's settings. `rlag-paper` always has teacher "policy" and beta 0.5 (method.md §3) unless
 * the settings name another value, which for the teacher is an error.
 * @throws LabError bad-config, naming every field that is unknown or wrong in one message
 */
export function parseRunConfig(raw: unknown): RunConfig {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new LabError("bad-config", "the run's settings must be a JSON object");
  }
  const given = raw as Partial<Record<keyof RunConfig, unknown>>;
  const paper = given.objective === "rlag-paper" ? { teacher: "policy" as const, beta: 0.5 } : {};
  const config = { ...RUN_DEFAULTS, ...paper, ...given } as RunConfig;
  const faults: string[] = [];
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(CHECKS, key))
      faults.push(`unknown key "${key}" (known: ${Object.keys(CHECKS).join(", ")})`);
  }
  for (const key of Object.keys(CHECKS) as (keyof RunConfig)[]) {
    const need = CHECKS[key](config[key]);
    if (need !== null) faults.push(`${key} must be ${need}, got ${JSON.stringify(config[key])}`);
  }
  if (config.objective === "rlag-paper" && config.teacher !== "policy") {
    faults.push(`teacher must be "policy" for rlag-paper, got "${config.teacher}"`);
  }
  if (faults.length > 0) throw new LabError("bad-config", faults.join("; "));
  return config;
}

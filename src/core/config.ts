/**
 * The settings of a run: one record each, from which the type of a configuration, its defaults and checks, the page's
 * dialog and the runner's help derive. Names are PEFT's, TRL's and method.md's. Parsed once, at the edge.
 */
import { LabError } from "./errors.ts";
import { POCKET_WORDS } from "./modelWords.ts";
import { OBJECTIVE_NAMES, OBJECTIVES, type Objective } from "./objectives.ts";
import {
  choice,
  flag,
  integer,
  type Kind,
  number,
  orNull,
  positive,
  type Setting,
  setting,
  several,
  text,
} from "./setting.ts";

export const RETRIEVALS = {
  hybrid: "words and meaning",
  bm25: "words (BM25)",
  cosine: "meaning (cosine)",
} as const;
export type Retrieval = keyof typeof RETRIEVALS;

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

const ANSWERS = {
  both: "both ways: brief, and with an explanation",
  response: "explanation, then answer",
  options: "brief, among the options",
} as const;
export type Answers = keyof typeof ANSWERS;
/** What follows the objective's name where a run is named. */
export const ANSWERS_CALLED: Record<Answers, string> = {
  both: ", answers and explanations",
  response: " with explanations",
  options: ", brief answers",
};

/** Indices into train, one list per update. */
const batches: Kind<number[][]> = {
  need: "a list of lists of question indices",
  is: (v): v is number[][] =>
    Array.isArray(v) &&
    v.length > 0 &&
    v.every((b) => Array.isArray(b) && b.length > 0 && b.every((i) => integer(0).is(i))),
  control: { kind: "none" },
};

/** Every setting; the defaults are the archive preset of method.md §3. */
export const SETTINGS = {
  model: setting({
    kind: text(),
    default: "models/pocket",
    label: "Model",
    moves: "The model that learns: a folder with config.json, *.safetensors, tokenizer.json, or a GGUF file.",
    group: null,
  }),
  data: setting({
    kind: text(),
    default: "data/archive",
    label: "Documents and questions",
    moves: "What it learns: a folder with documents.json, train.json, test.json, optional twohop.json.",
    group: null,
  }),
  embedder: setting({
    kind: text(),
    default: "models/embedder-static",
    label: "Embedder",
    moves:
      "Turns texts into vectors: a folder with model.onnx, tokenizer.json, embedder.json, or a sentence transformer's.",
    group: null,
  }),
  nli: setting({
    kind: orNull(text(), "without"),
    default: null,
    label: "Judge of explanations",
    moves:
      "With a folder of a model of entailment, rationality counts how far the passages entail an explanation.",
    group: null,
  }),

  objective: setting({
    kind: choice(
      Object.fromEntries(
        OBJECTIVE_NAMES.map((name) => [name, `${OBJECTIVES[name].name}: ${OBJECTIVES[name].says}`]),
      ) as Record<Objective, string>,
    ),
    default: "credit",
    before: "rlag",
    label: "Objective",
    moves:
      "What a step pulls on. The published loss never raises the answer itself; watch s_w stay where it is.",
    group: "learned",
  }),
  answers: setting({
    kind: choice(ANSWERS),
    default: "options",
    label: "Answers",
    moves:
      "Both ways at every visit close both gaps furthest; brief answers are quickest and close the gap of answers only.",
    group: "learned",
  }),
  phrasings: setting({
    kind: orNull(integer(0), "all"),
    default: 0,
    label: "Other wordings",
    moves:
      "How many other wordings of a question its visits draw from, where it brings some; more make what is learned hold for questions asked otherwise.",
    group: "visits",
  }),
  samples: setting({
    kind: integer(1),
    default: 1,
    label: "Tries per explanation",
    moves:
      "With the book open, the best of so many is taught; what never earns anything is not taught. More are slower, once.",
    group: "visits",
  }),
  credit: setting({
    kind: number(0), // ε of the token weights
    default: 0,
    label: "Token credit",
    moves:
      "Above 0, a token counts by how much likelier the passages made it, and this much besides; 0 counts all the same.",
    group: "visits",
  }),
  retain: setting({
    kind: number(0), // λ
    default: 0,
    label: "Keep reading",
    moves:
      "Higher holds the model closer to what it says with the book open, so that it still reads; 0 lets it go.",
    group: "visits",
  }),
  retain_share: setting({
    kind: number(0, 1),
    default: 0.25,
    label: "Share that keeps reading",
    moves: "How many of an update's visits bring an open-book row for that; more are steadier and slower.",
    group: "visits",
  }),
  retain_data: setting({
    kind: orNull(text(), "its own questions"),
    default: null,
    label: "What it keeps reading",
    moves:
      "A folder of other documents and questions, read open book and never learned, so that it keeps reading what it does not know; data/archives-reading has eight small archives.",
    group: "visits",
  }),
  retain_questions: setting({
    kind: orNull(integer(1), "all"),
    default: 160,
    label: "Questions it keeps reading",
    moves: "So many of the foreign ones; more cannot be learned by heart, and take longer once.",
    group: "visits",
  }),
  retain_cycles: setting({
    kind: integer(0),
    default: 0,
    label: "Last cycles of reading only",
    moves: "In these nothing is taught any more, and what it lost of its reading may come back.",
    group: "visits",
  }),
  retain_rate: setting({
    kind: positive(),
    default: 5e-4,
    label: "Learning rate of these",
    moves: "Higher brings more reading back, and takes more of what was learned.",
    group: "visits",
  }),
  weight_brief: setting({
    kind: number(0), // ω
    default: 1,
    label: "Weight of brief answers",
    moves: "Against that of explanations: what weighs more is learned first.",
    group: "visits",
  }),
  weight_explain: setting({
    kind: number(0),
    default: 1,
    label: "Weight of explanations",
    moves: "An explanation has its fact in few of its tokens; more weight makes up for that.",
    group: "visits",
  }),
  chains: setting({
    kind: number(0),
    default: 0,
    label: "Chains of two facts",
    moves:
      "So many questions that need two facts join an update, as a share of it: two explanations, one after the other. 0 leaves them out.",
    group: "visits",
  }),
  teacher: setting({
    kind: choice({ base: "the base model, book open", policy: "the model in training, book open" }),
    default: "base",
    label: "Teacher",
    moves: "A teacher that trains along learns from its own slips, and its reward tends to fall.",
    group: "learned",
  }),
  gold: setting({
    kind: flag(),
    default: true,
    label: "Use gold answers",
    moves: "Off: an answer counts as right when the open book is sure of it, so no answer key is needed.",
    group: "learned",
  }),
  anchor: setting({
    kind: number(0), // α
    default: 2,
    label: "Anchor",
    moves: "Higher pulls the rewarded answer up harder with the book closed; 0 leaves only the comparison.",
    group: "learned",
  }),
  beta: setting({
    kind: number(0), // weight of the pair term where the answers differ
    default: 0.1,
    label: "Pair weight",
    moves: "Higher pushes the open-book answer above the closed-book one, and that one down.",
    group: "learned",
  }),
  simpo_gamma: setting({
    kind: number(0),
    default: 0.8,
    label: "Margin",
    moves: "How far the preferred answer must lead before the comparison lets go.",
    group: "learned",
  }),
  num_generations: setting({
    kind: integer(2), // G
    default: 8,
    label: "Samples per question",
    moves: "More tell good answers from bad ones more surely, and take longer at every cycle's start.",
    group: "learned",
  }),
  kl_coef: setting({
    kind: number(0),
    default: 0.04,
    label: "Pull to the base",
    moves: "Higher keeps what it says closer to the base while rewards push.",
    group: "learned",
  }),

  reward_control: setting({
    kind: choice({ none: "as earned", permuted: "dealt out to other questions", ones: "1 for every answer" }),
    default: "none",
    label: "Rewards, to check",
    moves: "A control: what is learned just as well without the rewards was not learned by them.",
    group: "learned",
  }),
  passages_control: setting({
    kind: choice({ none: "the question's own", other: "of another subject" }),
    default: "none",
    label: "Passages, to check",
    moves: "A control: taught from passages that say nothing of the question, nothing should be learned.",
    group: "learned",
  }),

  cycles: setting({
    kind: integer(0),
    default: 8,
    label: "Cycles",
    moves: "Each adds a point to the plot, and as much time as the last.",
    group: "long",
  }),
  updates: setting({
    kind: integer(1),
    default: 16,
    label: "Updates per cycle",
    moves: "More learn further between two looks; the plot gets coarser.",
    group: "long",
  }),
  batch_size: setting({
    kind: integer(1),
    default: 16,
    label: "Questions per update",
    moves: "More make steadier steps that each take longer.",
    group: "long",
  }),
  questions: setting({
    kind: orNull(integer(1), "all"),
    default: null,
    label: "Questions",
    moves: "Only the first N of each set: quicker, with wider intervals.",
    group: "long",
  }),
  explain_every: setting({
    kind: integer(0),
    default: 4,
    label: "Test explanations every",
    moves:
      "In cycles; the first and last always count. Writing explanations is the slow part of a test. 0 never tests them.",
    group: "long",
  }),
  thorough: setting({
    kind: flag(),
    default: true,
    before: false,
    label: "Test thoroughly",
    moves:
      "Where explanations are tested, also answers in its own words and explained two-hop questions: an honest look, and slower.",
    group: "long",
  }),
  other_data: setting({
    kind: orNull(text(), "no other archive"),
    default: "data/archive-other",
    before: null,
    label: "Reading elsewhere",
    moves:
      "An archive it never trains on, read open book where explanations are tested: whether learning this one cost it reading.",
    group: "long",
  }),

  retrieval: setting({
    kind: choice(RETRIEVALS),
    default: "hybrid",
    label: "Search",
    moves: "Decides which passages the open book shows; try the difference on the Knowledge page.",
    group: "lookup",
  }),
  k: setting({
    kind: integer(1),
    default: 3,
    label: "Passages per question",
    moves: "More find the fact oftener and make every open-book answer slower.",
    group: "lookup",
  }),

  prompt_brief: setting({
    kind: text(),
    default: POCKET_WORDS.prompt_brief,
    label: "Instruction, brief answers",
    moves: "Follows the question where an answer of a word or two is wanted.",
    group: "asked",
  }),
  prompt_explain: setting({
    kind: text(),
    default: POCKET_WORDS.prompt_explain,
    label: "Instruction, explanations",
    moves:
      "Follows the question where an explanation is wanted; what the model makes of it earns the reward.",
    group: "asked",
  }),
  list_options: setting({
    kind: flag(),
    default: POCKET_WORDS.list_options,
    label: "List the options",
    moves: "On: the prompt names the options, so a model that cannot recall can still choose.",
    group: "asked",
  }),
  elicit: setting({
    kind: flag(),
    default: POCKET_WORDS.elicit,
    label: "Ask for unsaid answers",
    moves:
      "On: where a response never says “The answer is”, that is put behind its explanation and the answer asked for.",
    group: "asked",
  }),

  learning_rate: setting({
    kind: positive(),
    default: 2e-3,
    label: "Learning rate",
    moves: "Higher learns faster until the loss jumps; watch the gradient norm.",
    group: "optimiser",
  }),
  lr_scheduler_type: setting({
    kind: choice({ constant: "constant", linear: "linear to zero", cosine: "cosine to zero" }),
    default: "constant",
    label: "Schedule",
    moves: "A rate that falls settles the last cycles, and makes a run that is cut short look worse.",
    group: "optimiser",
  }),
  warmup_steps: setting({
    kind: integer(0),
    default: 0,
    label: "Warm-up updates",
    moves: "The rate climbs over these; useful when the first steps jump.",
    group: "optimiser",
  }),
  weight_decay: setting({
    kind: number(0),
    default: 0,
    label: "Weight decay",
    moves: "Higher keeps the adapter small, closer to the base.",
    group: "optimiser",
  }),
  max_grad_norm: setting({
    kind: positive(),
    default: 1,
    label: "Clip gradients at",
    moves: "Lower tames single wild updates; too low slows all of them.",
    group: "optimiser",
  }),

  r: setting({
    kind: integer(1),
    default: 16,
    label: "Rank",
    moves: "Higher holds more facts in a larger file.",
    group: "adapter",
  }),
  lora_alpha: setting({
    kind: positive(),
    default: 32,
    label: "LoRA alpha",
    moves: "Scales the adapter by alpha / rank; acts much like the learning rate.",
    group: "adapter",
  }),
  target_modules: setting({
    kind: several(TARGET_MODULES),
    default: [...TARGET_MODULES],
    label: "Where it attaches",
    moves: "Fewer places train faster and leave less room for facts.",
    group: "adapter",
  }),

  seed: setting({
    kind: integer(0),
    default: 0,
    label: "Seed",
    moves: "The same seed on the same GPU gives the same run, bit for bit.",
    group: "repeat",
  }),
  init_adapter: setting({
    kind: orNull(text(), "a new one"),
    default: null,
    label: "Adapter to start from",
    moves: "A folder in PEFT's format; training goes on from it.",
    group: null,
  }),
  order: setting({
    kind: orNull(batches, "shuffled"),
    default: null,
    label: "Order of the questions",
    moves: "Indices into train, one list per update; null is a seeded shuffle every cycle.",
    group: null,
  }),
};

type Records = typeof SETTINGS;
export type SettingKey = keyof Records;
/** One run, complete: nothing inside the engine has a default of its own. */
export type RunConfig = { [Key in SettingKey]: Records[Key] extends Setting<infer T> ? T : never };

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];
const record = (key: SettingKey): Setting<unknown> => SETTINGS[key];
const collect = (value: (setting: Setting<unknown>) => unknown): RunConfig =>
  Object.fromEntries(SETTING_KEYS.map((key) => [key, value(record(key))])) as RunConfig;

const NEUTRAL: RunConfig = collect((s) => s.default); // an objective brings its own on top

/** The archive preset of method.md §3 with the default objective's settings. */
export const RUN_DEFAULTS: RunConfig = { ...NEUTRAL, ...OBJECTIVES[NEUTRAL.objective].defaults };

/** What is wrong with one setting: its field and a sentence that begins with it. */
export interface SettingFault {
  key: string;
  says: string;
}

/**
 * Completes and checks a run's settings: what they do not name is the objective's own (method.md §3: `rlag-paper` has
 * teacher "policy" and beta 0.5) or the default. `config` is null where anything is wrong; `faults` are all of it.
 */
export function checkRunConfig(raw: object): { config: RunConfig | null; faults: SettingFault[] } {
  const given = raw as Partial<Record<string, unknown>>;
  const { objective: name = NEUTRAL.objective } = given;
  const objective = Object.hasOwn(OBJECTIVES, String(name)) ? OBJECTIVES[name as Objective] : null;
  const config: Record<string, unknown> = { ...NEUTRAL, ...objective?.defaults, ...given };
  const faults: SettingFault[] = Object.keys(given)
    .filter((key) => !Object.hasOwn(SETTINGS, key))
    .map((key) => ({ key, says: `unknown key "${key}" (known: ${SETTING_KEYS.join(", ")})` }));
  for (const key of SETTING_KEYS) {
    const { need, is } = record(key).kind;
    if (!is(config[key]))
      faults.push({ key, says: `${key} must be ${need}, got ${JSON.stringify(config[key])}` });
  }
  for (const key of objective?.fixed ?? []) {
    const [only, told] = [objective?.defaults[key], config[key]].map((value) => JSON.stringify(value));
    if (only !== told)
      faults.push({ key, says: `${key} must be ${only} for ${String(given.objective)}, got ${told}` });
  }
  return { config: faults.length > 0 ? null : (config as RunConfig), faults };
}

/** @throws LabError bad-config, naming every field that is unknown or wrong in one message */
export function parseRunConfig(raw: unknown): RunConfig {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new LabError("bad-config", "the run's settings must be a JSON object");
  }
  const { config, faults } = checkRunConfig(raw);
  if (config === null) throw new LabError("bad-config", faults.map(({ says }) => says).join("; "));
  return config;
}

/** The settings of a stored run, which may be older than some of them: those are what it did without them. */
export const storedRunConfig = (stored: Partial<RunConfig>): RunConfig => ({
  ...collect((s) => (s.before === undefined ? s.default : s.before)),
  ...stored,
});

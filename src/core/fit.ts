/** Defaults that fit a model and a number of questions, each with its reason: for the page and for the runner. */
import { CATALOG, type ModelShape } from "./catalog.ts";
import type { RunConfig, SettingKey } from "./config.ts";
import { COMMON_WORDS } from "./modelWords.ts";
import { ceilDiv } from "./shape.ts";

/** What is known of a model and its task before a run. */
export interface FitFacts {
  builtIn: boolean;
  parameters: number | null; // null: not opened yet
  questions: number | null; // to learn; null: not read yet
}

/** Settings in place of the archive preset's, and why: each reason a sentence. */
export interface Fit {
  config: Partial<RunConfig>;
  reasons: Partial<Record<SettingKey, string>>;
}

/** Every setting that may be fitted. */
export const FITTED = [
  "prompt_brief",
  "prompt_explain",
  "list_options",
  "elicit",
  "k",
  "learning_rate",
  "lr_scheduler_type",
  "warmup_steps",
  "r",
  "lora_alpha",
  "batch_size",
  "updates",
] as const satisfies readonly SettingKey[];

const POCKET = CATALOG[0]!.shape;
const MEASURED = { parameters: 134_515_008, learning_rate: 2e-3 }; // SmolLM2-135M, test/bench/results/rates.json and realModel.json
const SMALL = 300e6; // parameters; what is larger takes more memory per question, and reads more passages at a time
const VISITS = 2; // of a question in a cycle, as in the archive preset: 16 updates of 16 for 124 questions
const MOST_UPDATES = 64; // in a cycle, so that the plot gets a point now and then

/** Whether a model is the built-in one, wherever its files lie: no other has its shape. */
export const isBuiltIn = (shape: ModelShape): boolean =>
  (Object.keys(POCKET) as (keyof ModelShape)[]).every((key) => shape[key] === POCKET[key]);

/** The weights of a decoder with tied embeddings, norms and biases (below 0.1 %) left out. */
export const parametersOf = (s: ModelShape): number =>
  s.hidden_size *
  (s.vocab_size + s.layers * (2 * (s.heads + s.kv_heads) * s.head_dim + 3 * s.intermediate_size));

/** What fits; the built-in model keeps the archive preset. Settings that need a fact that is not known are left out. */
export function fitTo({ builtIn, parameters, questions }: FitFacts): Fit {
  if (builtIn) return { config: {}, reasons: {} };
  const words: Fit = {
    config: COMMON_WORDS,
    reasons: {
      prompt_brief: "As for the built-in model; other wordings were not measured.",
      prompt_explain: "Of four wordings the one with the best explanations, book open (SmolLM2-135M).",
      list_options: "A small model that is shown the options repeats them instead of explaining.",
      elicit: "Only the built-in model was raised on saying “The answer is”.",
    },
  };
  const fits = [
    words,
    ...(parameters === null ? [] : [fitToSize(parameters)]),
    ...(questions === null ? [] : [fitToQuestions(questions, parameters)]),
  ];
  return {
    config: Object.assign({}, ...fits.map((fit) => fit.config)),
    reasons: Object.assign({}, ...fits.map((fit) => fit.reasons)),
  };
}

function fitToSize(parameters: number): Fit {
  const small = parameters < SMALL;
  const rate = MEASURED.learning_rate * Math.sqrt(MEASURED.parameters / parameters);
  return {
    config: {
      learning_rate: Number(rate.toPrecision(1)),
      lr_scheduler_type: "linear",
      warmup_steps: 2,
      ...(small ? { k: 1 } : {}),
    },
    reasons: {
      learning_rate:
        "SmolLM2-135M learned eight questions faster by 0.003 than by 0.001, and moved further from what it was; by 0.002 it learned sixteen facts in both forms. Other sizes: by the root of the ratio.",
      lr_scheduler_type: "A rule of thumb: a rate that falls lets the last cycles settle.",
      warmup_steps: "A rule of thumb: AdamW's first steps are as large as any, and may jump.",
      ...(small
        ? {
            k: "One passage is what SmolLM2-135M’s explanations were measured with; more were not, and are slower.",
          }
        : {}),
    },
  };
}

function fitToQuestions(questions: number, parameters: number | null): Fit {
  const batch_size = Math.max(1, Math.min(questions, parameters !== null && parameters >= SMALL ? 8 : 16));
  const updates = Math.min(MOST_UPDATES, Math.max(2, ceilDiv(VISITS * questions, batch_size)));
  const r = questions <= 500 ? 8 : questions <= 2000 ? 16 : 32;
  return {
    config: { batch_size, updates, r, lora_alpha: 2 * r },
    reasons: {
      batch_size:
        batch_size === questions
          ? "All questions at once: the steadiest step there is."
          : "A rule of thumb: 16 for a small model, 8 for one that takes more memory for each.",
      updates: `So that a cycle visits each of the ${questions} questions about ${VISITS} times${updates === MOST_UPDATES ? ", or as often as leaves the plot its points" : ""}.`,
      r: "A rule of thumb: 8 up to 500 questions, 16 up to 2000, then 32.",
      lora_alpha: "Twice the rank, as the learning rate was measured.",
    },
  };
}

/** Defaults that fit a model and a number of questions, each with its reason: for the page and for the runner. */
import { CATALOG, type ModelShape } from "./catalog.ts";
import type { RunConfig, SettingKey } from "./config.ts";
import { wordsOf } from "./modelWords.ts";

/** What is known of a model before a run. */
export interface ModelFacts {
  name: string;
  builtIn: boolean;
}

/** Settings in place of the archive preset's, and why. */
export interface Fit {
  config: Partial<RunConfig>;
  reasons: Partial<Record<SettingKey, string>>;
}

const POCKET = CATALOG[0]!.shape;

/** Whether a model is the built-in one, wherever its files lie: no other has its shape. */
export const isBuiltIn = (shape: ModelShape): boolean =>
  (Object.keys(POCKET) as (keyof ModelShape)[]).every((key) => shape[key] === POCKET[key]);

/** What fits the model; the built-in one keeps the archive preset. */
export function fitTo({ builtIn }: ModelFacts): Fit {
  if (builtIn) return { config: {}, reasons: {} };
  const config = wordsOf(false);
  return {
    config,
    reasons: {
      prompt_brief: "measured",
      prompt_explain: "of four wordings the one with the best explanations, book open",
      list_options: "",
      elicit: "only the built-in model was raised on saying “The answer is”",
    },
  };
}

/** How a model is asked (method.md §2, "Words of the prompt"): the one place of every model's own. */

/** Settings of a run; what they do is said where they are. */
export interface ModelWords {
  prompt_brief: string;
  prompt_explain: string;
  list_options: boolean;
  elicit: boolean;
}

/** The built-in model's: it was raised on these words, and always says its answer. */
export const POCKET_WORDS: ModelWords = {
  prompt_brief: "Answer briefly.",
  prompt_explain: "Explain, then answer.",
  list_options: false,
  elicit: false,
};

/** Everybody else's. */
export const COMMON_WORDS: ModelWords = {
  prompt_brief: "Answer briefly.",
  prompt_explain: "State the fact that answers the question in one complete sentence.",
  list_options: false,
  elicit: true,
};

/**
 * What the experiment compares, fixed before any number was made (method.md §3, "The experiment that may be quoted"). Every arm:
 * 8 cycles of 16 updates of 16 question visits, explanations tested at the first and last cycle, the seed is the archive's number.
 */
export const ARCHIVES = [11, 12, 13, 14, 15];
export const REFERENCE = "credit"; // what the others are compared with
export const ENDPOINTS = /** @type {const} */ (["closed_test", "closed_response"]);

const EVERY = { cycles: 8, updates: 16, batch_size: 16, explain_every: 8 };
/** As `credit` has them, so that forms, wordings, retention, rate and schedule are equal. */
const BOTH = {
  answers: "both",
  phrasings: null,
  retain: 1,
  retain_share: 0.25,
  learning_rate: 4e-3,
  lr_scheduler_type: "linear",
};
const CREDIT = { objective: "credit" }; // its own defaults: both forms, all wordings, best of 7, ε 0.2, retention

/**
 * @typedef {{ name: string, says: string, control: boolean, data: (archive: number) => string, settings: Record<string, unknown> }} Arm
 */
const whole = (/** @type {number} */ archive) => String(archive);
const shuffled = (/** @type {number} */ archive) => `${archive}-shuffled`;

/** In the order in which they are run within an archive. @type {Arm[]} */
export const ARMS = [
  { name: "credit", says: "credit, both forms", settings: CREDIT },
  {
    name: "sft-both-credit",
    says: "SFT on gold text, both forms, token credit",
    settings: { objective: "sft", ...BOTH, credit: 0.2 },
  },
  { name: "sft-both", says: "SFT on gold text, both forms", settings: { objective: "sft", ...BOTH } },
  { name: "sft", says: "SFT, brief answers", settings: { objective: "sft", answers: "options" } },
  { name: "rlag", says: "RLAG, brief answers", settings: { objective: "rlag", answers: "options" } },
  {
    name: "distill",
    says: "context distillation, both forms",
    settings: { objective: "distill", ...BOTH, samples: 7 },
  },
  { name: "cpt", says: "continual pre-training", settings: { objective: "cpt", answers: "options" } },
  {
    name: "rlag-paper",
    says: "RLAG as published",
    settings: { objective: "rlag-paper", answers: "options" },
  },
  {
    name: "credit-permuted",
    says: "credit, rewards dealt out to other questions",
    control: true,
    settings: { ...CREDIT, reward_control: "permuted" },
  },
  {
    name: "credit-ones",
    says: "credit, reward 1 for every answer",
    control: true,
    settings: { ...CREDIT, reward_control: "ones" },
  },
  {
    name: "credit-shuffled",
    says: "credit, facts shuffled within their relation",
    control: true,
    data: shuffled,
    settings: CREDIT,
  },
  {
    name: "credit-other-passages",
    says: "credit, passages of another subject",
    control: true,
    settings: { ...CREDIT, passages_control: "other" },
  },
].map((arm) => ({ control: false, data: whole, ...arm }));

/** An arm's settings on an archive, all of them but the defaults. @type {(arm: Arm, archive: number, data: string) => object} */
export const configOf = (arm, archive, data) => ({ ...EVERY, ...arm.settings, data, seed: archive });

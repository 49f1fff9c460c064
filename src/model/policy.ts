/**
 * What training needs of a language model: score, generate, update. `CausalLm` is the one implementation; the cycle is
 * written against this, and its tests drive it with a small stand-in.
 */
import type { MemoryNeed } from "../core/run.ts";

/** Completions that share one context. Token ids; context and completion were tokenised apart (method.md §2). */
export interface ScoreRequest {
  context: number[]; // may be empty: then a completion's first token has no log-probability
  completions: number[][];
}

export interface GenerateRequest {
  prompt: number[];
  max_new_tokens: number;
  stop_ids: number[]; // generation ends after any of these; it stays in the output
  temperature: number; // 0 = greedy
  top_k: number; // 0 = off
  top_p: number; // 1 = off
  seed: number;
}

export interface Sequence {
  context: number[];
  completion: number[];
}

/**
 * The terms of one question's loss, all objectives in one form (nats per token, σ the logistic function):
 *
 *   loss = −pair · log σ( beta_z·s_z + beta·(min(s_c, clip_chosen) − max(s_l, clip_rejected)) − gamma )
 *          − anchor · s_w − z_weight · s_z
 *
 * with s_z the mean over `z` of each passage's own mean. A term whose weight is 0 is scored (for the log) but never
 * back-propagated; a null sequence is neither.
 */
export interface QuestionTerms {
  z: Sequence[];
  c: Sequence | null; // y_w after the open-book prompt
  l: Sequence | null; // y_l after the closed-book prompt
  w: Sequence | null; // y_w (or the gold answer) after the closed-book prompt
  pair: number; // 1 or 0
  beta_z: number;
  beta: number; // reward gate included
  gamma: number;
  clip_chosen: number;
  clip_rejected: number;
  anchor: number; // reward included
  z_weight: number;
}

/** One optimiser step's settings; every one of them travels as data. */
export interface StepSettings {
  step: number; // from 1: AdamW's bias correction
  learning_rate: number;
  weight_decay: number;
  max_grad_norm: number;
}

/** What an update measured. `s_*` per question, null where the term was not there. */
export interface UpdateStats {
  loss: number; // mean over the questions
  grad_norm: number; // before clipping
  s_z: (number | null)[];
  s_c: (number | null)[];
  s_l: (number | null)[];
  s_w: (number | null)[];
  num_tokens: number; // tokens that went through the model, forward
  supervised_tokens: number; // tokens whose log-probability carries a weight
}

/** The trained part and its optimiser state, as a checkpoint keeps it. */
export interface AdapterState {
  weights: Float32Array<ArrayBuffer>; // the flat LoRA arena
  m: Float32Array<ArrayBuffer>; // AdamW's first moment, same layout
  v: Float32Array<ArrayBuffer>; // AdamW's second moment
}

/** A model that answers: the part of `Policy` that changes nothing. */
export interface Inference {
  /** Log-probability of every completion token, [request][completion][token], nats. `adapter: false` is the base. */
  score(
    requests: ScoreRequest[],
    adapter: boolean,
    onProgress?: (done: number) => void,
  ): Promise<Float32Array[][]>;
  /** New token ids per request, the stop token included where it came. */
  generate(
    requests: GenerateRequest[],
    adapter: boolean,
    onProgress?: (done: number) => void,
  ): Promise<number[][]>;
}

export interface Policy extends Inference {
  /**
   * Makes room for training the attached adapter with up to `tokens` tokens going through the model together.
   * @throws LabError out-of-memory with what would fit
   */
  fit(tokens: number): Promise<MemoryNeed>;
  /** One optimiser step on the mean of the questions' losses. @throws LabError not-finite, with nothing changed */
  update(questions: QuestionTerms[], settings: StepSettings): Promise<UpdateStats>;
  /** Mean over completion rows of KL(adapter ‖ base), nats. */
  kl(sequences: Sequence[]): Promise<number>;
  readState(): Promise<AdapterState>;
  writeState(state: AdapterState): void;
}

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

/** Soft targets: what a teacher finds likeliest at each of `rows` predicted tokens, best first. */
export interface TopTokens {
  count: number;
  ids: Uint32Array<ArrayBuffer>; // (rows, count)
  logprobs: Float32Array<ArrayBuffer>; // (rows, count), the teacher's, nats
}

/** What an update's row calls the mean of a term: s_z, s_c, s_l, s_w (method.md §3), s_kl, s_chain. */
export type TermName = "z" | "c" | "l" | "w" | "kl" | "chain";

/**
 * A value v of one sequence, nats per token, out of the tokens it predicts (as in `score`, the first token of a completion
 * without a context is none of them):
 *
 *   without a teacher   v = Σ_t w_t·log p_t / Σ_t w_t
 *   with one            v = −Σ_t w_t·KL(teacher_t ‖ p_t) / Σ_t w_t, over its top tokens and one bucket for all others
 *
 * Equal sequences are computed once, whatever terms use them; soft ones where they share the teacher's object.
 */
export interface LossTerm {
  name: TermName;
  sequence: Sequence;
  tokens: Float32Array | null; // w_t per predicted token; null: all 1, the mean. v is 0 where they add up to 0
  teacher: TopTokens | null;
  watched?: boolean; // scored for the log alone: the loss never gives it a slope
}

/** A question's loss and its slope by each value. */
export interface LossAt {
  loss: number;
  slopes: readonly number[];
}

/**
 * The loss of one question, of the values of its terms: Σ slope·v where it is linear, else a function, which costs an update
 * one more readback. A term whose slope is 0 is scored (for the log) but never back-propagated.
 */
export interface QuestionLoss {
  terms: readonly LossTerm[];
  loss: readonly number[] | ((values: readonly number[]) => LossAt);
}

/** One optimiser step's settings; every one of them travels as data. */
export interface StepSettings {
  step: number; // from 1: AdamW's bias correction
  learning_rate: number;
  weight_decay: number;
  max_grad_norm: number;
}

/** What an update measured. */
export interface UpdateStats {
  loss: number; // mean over the questions
  grad_norm: number; // before clipping
  values: number[][]; // per question, per term
  num_tokens: number; // tokens that went through the model, forward
  supervised_tokens: number; // tokens whose log-probability or divergence carries a weight
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
  update(questions: readonly QuestionLoss[], settings: StepSettings): Promise<UpdateStats>;
  /**
   * Soft targets: the base's likeliest tokens at every predicted token, 20 of them, of small vocabularies more
   * (`topCount`). The same bits for the same sequences together.
   */
  teach(sequences: readonly Sequence[], onProgress?: (done: number) => void): Promise<TopTokens[]>;
  /** Mean over completion rows of KL(adapter ‖ base), nats. */
  kl(sequences: Sequence[]): Promise<number>;
  readState(): Promise<AdapterState>;
  writeState(state: AdapterState): void;
}

import type { GenerateRequest } from "../model/policy.ts";

export const MAX_NEW_TOKENS = 64; // of a response
export const MAX_THINKING_TOKENS = 512; // of one that thinks aloud first
export const MAX_ANSWER_TOKENS = 24; // of an answer by itself

/** The most probable token each time, up to one that stops. */
export const greedily = (
  prompt: number[],
  stopIds: readonly number[],
  max_new_tokens = MAX_NEW_TOKENS,
): GenerateRequest => ({
  prompt,
  max_new_tokens,
  stop_ids: [...stopIds],
  temperature: 0,
  top_k: 0,
  top_p: 1,
  seed: 0, // never drawn from
});

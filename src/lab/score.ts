/** `score`: log-probabilities of completions after their contexts. */
import { LabError } from "../core/errors.ts";
import { packedLength } from "../model/pack.ts";
import type { ScoreRequest } from "../model/policy.ts";
import { checkLength, idsOf } from "./fields.ts";
import type { LineCommand } from "./lines.ts";

export interface ScoreLine {
  token_logprobs: number[]; // nats; with an empty context the first token has none
  mean: number | null; // null where nothing was scored
}

/** `{"context", "completion"}` or `{"context_ids", "completion_ids"}` gives a `ScoreLine`. */
export const scoreCommand: LineCommand<ScoreRequest> = {
  read: (lines, vocabulary) =>
    lines.map((line) => {
      const context = idsOf(line, "context", vocabulary);
      const request = { context, completions: [idsOf(line, "completion", vocabulary)] };
      checkLength(line, packedLength(request), vocabulary);
      return request;
    }),

  async answer(model, requests, adapter, _vocabulary, onProgress) {
    const scored = await model.score(requests, adapter, onProgress);
    return scored.map(([logprobs]) => toLine(logprobs!)); // one completion asked, one scored
  },
};

/** JSON has no NaN, and null would say that nothing was scored. @throws LabError not-finite */
function toLine(logprobs: Float32Array): ScoreLine {
  if (!logprobs.every(Number.isFinite))
    throw new LabError(
      "not-finite",
      "a log-probability is not a number: the model's or the adapter's file has values that are none",
    );
  const sum = logprobs.reduce((total, x) => total + x, 0);
  return {
    token_logprobs: Array.from(logprobs, shortest),
    mean: logprobs.length === 0 ? null : shortest(sum / logprobs.length),
  };
}

/** A float32 in no more digits than it has. */
const shortest = (x: number): number => Number(x.toPrecision(9));

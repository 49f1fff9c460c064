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
    const groups = byContext(requests);
    let lines = 0;
    const ends = groups.map(({ places }) => (lines += places.length)); // lines answered when a group is
    const scored = await model.score(
      groups.map(({ request }) => request),
      adapter,
      (done) => onProgress(ends[done - 1] ?? 0),
    );
    const answers: ScoreLine[] = [];
    groups.forEach(({ places }, g) => {
      for (const [i, place] of places.entries()) answers[place] = toLine(scored[g]![i]!); // as many as were asked
    });
    return answers;
  },
};

interface Group {
  request: ScoreRequest;
  places: number[]; // the line of each completion
}

const GROUP_TOKENS = 2048; // that a group may take in a pack: beyond, the context is read once more

/** Lines with the same context, wherever in the file they stand, as one request: the context is read once for all of them. */
function byContext(requests: readonly ScoreRequest[]): Group[] {
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  requests.forEach((request, place) => {
    const key = request.context.join();
    const group = open.get(key);
    const completions = [...(group?.request.completions ?? []), ...request.completions];
    if (group !== undefined && packedLength({ ...request, completions }) <= GROUP_TOKENS) {
      group.request.completions.push(...request.completions);
      group.places.push(place);
      return;
    }
    const fresh = {
      request: { context: request.context, completions: [...request.completions] },
      places: [place],
    };
    groups.push(fresh);
    if (request.context.length > 0) open.set(key, fresh);
  });
  return groups;
}

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

/**
 * Packing: sequences of different lengths one behind another, without padding; completions of one context share it
 * (kernels.md §7.5). Layout of a group: its context, then each completion without its last token, which predicts nothing.
 *
 *   tokens     | context … | completion 0 … | completion 1 … |
 *   positions  | 0 … c−1   | c …            | c …            |
 *
 * A query sees its group's context and its own completion up to itself; so a key is seen by one contiguous run of queries,
 * which ends with the group (context keys) or with the completion. Sliding layers see only the last `window` positions of that.
 */
import { LabError } from "../core/errors.ts";
import type { ScoreRequest, Sequence } from "./policy.ts";

export const NONE = 0xffffffff;

/** Who sees whom. */
export interface Mask {
  spans: Uint32Array<ArrayBuffer>; // (T, 4): [0],[1] the shared context, [2],[3] the own part; half-open key ranges
  reach: Uint32Array<ArrayBuffer>; // (T): the queries that see key j are j … reach[j]−1
}

export interface Pack extends Mask {
  T: number;
  ids: Uint32Array<ArrayBuffer>; // (T)
  positions: Uint32Array<ArrayBuffer>; // (T)
  /**
   * What sliding layers see; null where that is everything. Its reach, which only the backward pass reads, is right for
   * requests that `mayShare`: else a window ends within several completions, and its queries are no single run.
   */
  local: Mask | null;
  R: number;
  rows: Uint32Array<ArrayBuffer>; // (R): the token whose output predicts …
  targets: Uint32Array<ArrayBuffer>; // (R): … this one
  sequences: { offset: number; length: number }[]; // rows of every completion, in request order
}

/** Tokens a request takes in a pack. */
export function packedLength(request: ScoreRequest): number {
  return request.context.length + request.completions.reduce((n, c) => n + Math.max(0, c.length - 1), 0);
}

/** Whether a sequence may share its context with others and still be trained: no window ends within it. */
export const mayShare = (sequence: Sequence, window: number | null): boolean =>
  window === null || sequence.context.length + sequence.completion.length - 1 <= window;

/**
 * Packs requests in their order.
 * @param window positions that sliding layers see (`ModelConfig.sliding_window`), null without such layers
 * @throws LabError bad-shape if there is no token at all
 */
export function packRequests(requests: readonly ScoreRequest[], window: number | null): Pack {
  const T = requests.reduce((n, r) => n + packedLength(r), 0);
  if (T === 0)
    throw new LabError(
      "bad-shape",
      "nothing to score: every context and completion is empty or of one token without a context",
    );
  const ids = new Uint32Array(T);
  const positions = new Uint32Array(T);
  const spans = new Uint32Array(4 * T);
  const reach = new Uint32Array(T);
  const rows: number[] = [];
  const targets: number[] = [];
  const sequences: Pack["sequences"] = [];
  let t = 0;
  for (const { context, completions } of requests) {
    const start = t;
    const end = start + packedLength({ context, completions });
    for (const id of context) {
      ids[t] = id;
      positions[t] = t - start;
      spans.set([0, 0, start, t + 1], 4 * t);
      reach[t] = end;
      t++;
    }
    const contextEnd = t;
    for (const completion of completions) {
      const own = t;
      const offset = rows.length;
      if (context.length > 0 && completion.length > 0) {
        rows.push(contextEnd - 1);
        targets.push(completion[0]!);
      }
      for (let i = 0; i + 1 < completion.length; i++) {
        ids[t] = completion[i]!;
        positions[t] = context.length + i;
        spans.set([start, contextEnd, own, t + 1], 4 * t);
        reach[t] = own + completion.length - 1;
        rows.push(t);
        targets.push(completion[i + 1]!);
        t++;
      }
      sequences.push({ offset, length: rows.length - offset });
    }
  }
  return {
    T,
    ids,
    positions,
    spans,
    reach,
    R: rows.length,
    rows: Uint32Array.from(rows),
    targets: Uint32Array.from(targets),
    sequences,
    local:
      window !== null && positions.some((p) => p >= window)
        ? slide(positions, { spans, reach }, window)
        : null,
  };
}

/** The mask cut to the last `window` positions. */
function slide(positions: Uint32Array, { spans, reach }: Mask, window: number): Mask {
  const local: Mask = { spans: spans.slice(), reach: reach.slice() };
  positions.forEach((position, t) => {
    const [shared = 0, sharedEnd = 0, own = 0] = spans.subarray(4 * t, 4 * t + 4);
    const first = Math.max(0, position - window + 1); // position of the first key seen; the shared part's first is 0
    local.spans[4 * t] = Math.min(shared + first, sharedEnd);
    local.spans[4 * t + 2] = own + Math.max(0, first - (sharedEnd - shared));
    const end = t + window; // the query that no longer sees t, if its sequence goes on as far
    if (end < reach[t]! && positions[end] === position + window) local.reach[t] = end;
  });
  return local;
}

/**
 * Splits requests into packs of at most `maxTokens` tokens (a longer request gets a pack of its own), in order.
 * Requests whose completions are many are not cut: they share their context.
 */
export function splitIntoPacks(requests: readonly ScoreRequest[], maxTokens: number): ScoreRequest[][] {
  const packs: ScoreRequest[][] = [];
  let tokens = Number.POSITIVE_INFINITY;
  for (const request of requests) {
    const length = packedLength(request);
    if (tokens + length > maxTokens) {
      packs.push([]);
      tokens = 0;
    }
    packs[packs.length - 1]!.push(request);
    tokens += length;
  }
  return packs;
}

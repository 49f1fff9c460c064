/** Log-probabilities of completions: forward only, logits never stored, one readback at the end. */
import { roundUp } from "../core/shape.ts";
import { Arena, slice } from "../gpu/buffers.ts";
import type { LoraAdapter } from "./adapter.ts";
import { type Decoder, ROW_STEP } from "./decoder.ts";
import { packRequests, splitIntoPacks } from "./pack.ts";
import type { ScoreRequest } from "./policy.ts";

/**
 * [request][completion][token] log-probabilities, nats. A completion after an empty context lacks its first token.
 * @param onProgress called with the number of requests done
 */
export async function score(
  d: Decoder,
  adapter: LoraAdapter | null,
  requests: readonly ScoreRequest[],
  onProgress?: (done: number) => void,
): Promise<Float32Array[][]> {
  const { gpu, arena, tables } = d;
  const packs = splitIntoPacks(requests, d.limits.scoreTokens).map((part) =>
    packRequestsOrNull(part, d.config.sliding_window),
  );
  const starts: number[] = [];
  let rows = 0;
  for (const { pack } of packs) {
    starts.push(rows);
    rows += roundUp(pack?.R ?? 0, ROW_STEP);
  }
  if (rows === 0) return requests.map((r) => r.completions.map(() => new Float32Array(0)));
  const results = new Arena(gpu, "scores", rows * 4);
  try {
    const logprob = results.words(rows);
    let done = 0;
    for (const [i, { pack, count }] of packs.entries()) {
      done += count;
      if (!pack || pack.R === 0) continue;
      const marks = [arena.mark(), tables.mark()] as const;
      try {
        const device = d.upload(pack);
        const at = starts[i]! * 4;
        const out = slice(logprob, at, logprob.size - at);
        d.headLogprobs(device, d.forwardRows(device, adapter, null), out);
      } finally {
        arena.release(marks[0]);
        tables.release(marks[1]);
      }
      if (onProgress) {
        await gpu.idle();
        onProgress(done);
      }
    }
    const all = await gpu.readF32(logprob, rows);
    return packs.flatMap(({ pack, group }, i) => {
      let s = 0;
      return group.map((r) =>
        r.completions.map(() => {
          const { offset, length } = pack?.sequences[s++] ?? { offset: 0, length: 0 };
          return all.slice(starts[i]! + offset, starts[i]! + offset + length);
        }),
      );
    });
  } finally {
    results.destroy();
  }
}

/** A group may hold nothing to score at all (single tokens without context): then there is no pack. */
function packRequestsOrNull(group: ScoreRequest[], window: number | null) {
  const empty = group.every((r) => r.context.length === 0 && r.completions.every((c) => c.length <= 1));
  return { group, count: group.length, pack: empty ? null : packRequests(group, window) };
}

/** Soft targets: what a model finds likeliest at every token of given completions. */
import { LabError } from "../core/errors.ts";
import { Arena, type Range } from "../gpu/buffers.ts";
import { MOST_TOP_TOKENS } from "../gpu/kernels/klTop.ts";
import { withRows } from "../gpu/kernels/rows.ts";
import { topTokens } from "../gpu/kernels/topTokens.ts";
import type { LoraAdapter } from "./adapter.ts";
import type { Decoder } from "./decoder.ts";
import { asRequest } from "./kl.ts";
import { packRequests, splitIntoPacks } from "./pack.ts";
import type { Sequence, TopTokens } from "./policy.ts";
import { predicted } from "./updatePlan.ts";

/**
 * How many tokens a teacher keeps: 20, of a small vocabulary more. Measured on the built-in model's 1,024, by
 * test/fixtures/recipes/make.py: in 20 tokens and one bucket the divergence of an answer is up to 0.021 nats less than over
 * the whole vocabulary, in 256 up to 0.0014.
 */
export const topCount = (vocab_size: number): number =>
  Math.min(vocab_size, Math.max(20, Math.floor(2 ** 18 / vocab_size)));

/**
 * The `count` likeliest tokens (all, of a vocabulary that has fewer) wherever a completion's token is predicted.
 * @throws LabError bad-shape beyond 1,024 tokens; not-finite when the model gives no numbers
 */
export async function teach(
  d: Decoder,
  adapter: LoraAdapter | null,
  sequences: readonly Sequence[],
  count: number,
  onProgress?: (done: number) => void,
): Promise<TopTokens[]> {
  const { gpu, arena, tables, config, logitStride: ld } = d;
  const top = Math.min(count, config.vocab_size);
  if (!(top >= 1 && top <= MOST_TOP_TOKENS))
    throw new LabError(
      "bad-shape",
      `${count} top tokens were asked for; there may be 1 to ${MOST_TOP_TOKENS} of them`,
    );
  const kernel = withRows(gpu, topTokens);
  const speaking = sequences.filter((s) => predicted(s) > 0);
  const taught: TopTokens[] = []; // of these
  for (const part of splitIntoPacks(speaking.map(asRequest), d.limits.scoreTokens)) {
    const marks = [arena.mark(), tables.mark()] as const;
    const pack = packRequests(part, config.sliding_window);
    const results = new Arena(gpu, "top tokens", 8 * pack.R * top);
    try {
      const device = d.upload(pack);
      const rows = d.forwardRows(device, adapter, null);
      const [ids, logprobs] = [results.words(pack.R * top), results.words(pack.R * top)];
      const logits = arena.words(Math.min(d.logitRows, device.rowCapacity) * ld);
      for (const [first, R] of d.rowChunks(device.R)) {
        d.logits(rows, first, R, logits);
        gpu.run(
          kernel,
          { logits, ids, logprobs },
          { R, V: config.vocab_size, ld, count: top, rowOffset: first },
        );
      }
      const sized = (range: Range): Range => ({ ...range, size: 4 * pack.R * top });
      const [idBytes, logprobBytes] = await gpu.read(sized(ids), sized(logprobs));
      const all = new Float32Array(logprobBytes!);
      const found = new Uint32Array(idBytes!);
      if (!all.every(Number.isFinite) || !found.every((id) => id < config.vocab_size))
        throw new LabError("not-finite", "the teacher's log-probabilities are not all numbers");
      for (const { offset, length } of pack.sequences) {
        const [from, to] = [offset * top, (offset + length) * top];
        taught.push({
          count: top,
          ids: found.slice(from, to),
          logprobs: all.slice(from, to),
        });
      }
    } finally {
      arena.release(marks[0]);
      tables.release(marks[1]);
      results.destroy();
    }
    onProgress?.(taught.length);
  }
  const nothing = (): TopTokens => ({ count: top, ids: new Uint32Array(0), logprobs: new Float32Array(0) });
  let next = 0;
  return sequences.map((s) => (predicted(s) > 0 ? taught[next++]! : nothing()));
}

/** KL divergence between two views of the same model, over completion rows. */
import { mean } from "../core/shape.ts";
import { klRows } from "../gpu/kernels/klRows.ts";
import type { LoraAdapter } from "./adapter.ts";
import type { Decoder } from "./decoder.ts";
import { packRequests, splitIntoPacks } from "./pack.ts";
import type { ScoreRequest, Sequence } from "./policy.ts";

/** A sequence by itself, to be packed. */
export const asRequest = (s: Sequence): ScoreRequest => ({ context: s.context, completions: [s.completion] });

/** Mean over completion rows of KL(adapter ‖ base), nats: how far training has moved the model (method.md §3). */
export async function meanKl(
  d: Decoder,
  adapter: LoraAdapter,
  sequences: readonly Sequence[],
): Promise<number> {
  const { gpu, arena, tables, config } = d;
  const ld = d.logitStride;
  const values: number[] = [];
  for (const part of splitIntoPacks(sequences.map(asRequest), d.limits.scoreTokens)) {
    const marks = [arena.mark(), tables.mark()] as const;
    try {
      const pack = d.upload(packRequests(part, config.sliding_window));
      const tuned = d.forwardRows(pack, adapter, null);
      const base = d.forwardRows(pack, null, null);
      const rows = Math.min(d.logitRows, pack.rowCapacity);
      const teacher = arena.words(rows * ld);
      const student = arena.words(rows * ld);
      const kl = arena.words(pack.rowCapacity);
      for (const [first, count] of d.rowChunks(pack.R)) {
        d.logits(tuned, first, count, teacher);
        d.logits(base, first, count, student);
        gpu.run(klRows, { teacher, student, kl }, { R: count, V: config.vocab_size, ld, rowOffset: first });
      }
      values.push(...(await gpu.readF32(kl, pack.R)));
    } finally {
      arena.release(marks[0]);
      tables.release(marks[1]);
    }
  }
  return mean(values) ?? 0;
}

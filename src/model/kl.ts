/** KL divergence between two views of the same model, over completion rows. */
import { mean } from "../core/shape.ts";
import { Arena } from "../gpu/buffers.ts";
import { klRows } from "../gpu/kernels/klRows.ts";
import type { LoraAdapter, TrainableAdapter } from "./adapter.ts";
import { type Decoder, newSaved } from "./decoder.ts";
import { packRequests, splitIntoPacks } from "./pack.ts";
import type { Sequence } from "./policy.ts";

const asRequest = (s: Sequence) => ({ context: s.context, completions: [s.completion] });

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
      const weight = arena.words(pack.rowCapacity); // not read in this mode
      for (const [first, count] of d.rowChunks(pack.R)) {
        d.logits(tuned, first, count, teacher);
        d.logits(base, first, count, student);
        gpu.run(
          klRows,
          { teacher, student, weight, kl },
          { R: count, V: config.vocab_size, ld, rowOffset: first, mode: 0 },
        );
      }
      values.push(...(await gpu.readF32(kl, pack.R)));
    } finally {
      arena.release(marks[0]);
      tables.release(marks[1]);
    }
  }
  return mean(values) ?? 0;
}

/**
 * Context distillation's gradient into the adapter's arena: mean over completion rows of KL(teacher ‖ student), both with the
 * adapter on, no gradient through the teacher. Returns the loss. The two completions are the same tokens.
 */
export async function distillGradient(
  d: Decoder,
  adapter: TrainableAdapter,
  teacher: Sequence,
  student: Sequence,
): Promise<number> {
  const { gpu, arena, tables, config } = d;
  const ld = d.logitStride;
  const marks = [arena.mark(), tables.mark()] as const;
  const state = new Arena(gpu, "distill", 1 << 16);
  const teacherPack = d.upload(packRequests([asRequest(teacher)], config.sliding_window));
  const studentPack = d.upload(packRequests([asRequest(student)], config.sliding_window));
  const R = studentPack.R;
  const weight = state.words(R);
  gpu.write(weight, new Float32Array(R).fill(1 / R));
  const kl = state.words(R);
  const teacherRows = d.forwardRows(teacherPack, adapter, null);
  const saved = newSaved();
  const rows = d.forwardRows(studentPack, adapter, saved);
  const dRows = arena.words(studentPack.rowCapacity * config.hidden_size);
  const chunk = Math.min(d.logitRows, studentPack.rowCapacity);
  const teacherLogits = arena.words(chunk * ld);
  const logits = arena.words(chunk * ld);
  for (const [first, count] of d.rowChunks(R)) {
    d.logits(teacherRows, first, count, teacherLogits);
    d.logits(rows, first, count, logits);
    gpu.run(
      klRows,
      { teacher: teacherLogits, student: logits, weight, kl },
      { R: count, V: config.vocab_size, ld, rowOffset: first, mode: 1 },
    );
    d.logitGradientToRows(logits, first, count, dRows);
  }
  d.backward(studentPack, adapter, saved, dRows, 0);
  const values = await gpu.readF32(kl, R);
  arena.release(marks[0]);
  tables.release(marks[1]);
  state.destroy();
  return mean(values) ?? 0;
}

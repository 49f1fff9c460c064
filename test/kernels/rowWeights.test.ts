import { test } from "vitest";
import { ABSENT } from "../../src/gpu/kernels/objective.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { rowWeights } from "../../src/gpu/kernels/rowWeights.ts";
import { objectiveReference } from "../../src/gpu/reference/objective.ts";
import { rowWeightsReference } from "../../src/gpu/reference/rowWeights.ts";
import { sequenceMeansReference } from "../../src/gpu/reference/sequenceMeans.ts";
import { expectClose } from "../helpers/close.ts";
import { expectGradient } from "../helpers/differences.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";
import { randomQuestions } from "../helpers/questions.ts";

const gpu = await testGpu();

/** Sequences of 1 … 9 rows, and the questions' uses of them; some are used by several, some by none. */
function layout(Q: number, S: number) {
  const questions = randomQuestions(Q, S);
  const offsets = new Uint32Array(S + 1);
  for (let s = 0; s < S; s++) offsets[s + 1] = offsets[s]! + 1 + ((s * 4) % 9);
  const sequenceOf = Uint32Array.from({ length: offsets[S]! }, (_, r) =>
    offsets.findLastIndex((o) => o <= r),
  );
  const uses: [index: number, factor: number][][] = Array.from({ length: S }, () => []);
  for (let q = 0; q < Q; q++) {
    const [c, l, w, zStart, zEnd] = questions.terms.subarray(8 * q, 8 * q + 5);
    for (let i = zStart!; i < zEnd!; i++) uses[questions.zList[i]!]!.push([4 * q, 1 / (zEnd! - zStart!)]);
    for (const [i, s] of [c!, l!, w!].entries()) if (s !== ABSENT) uses[s]!.push([4 * q + 1 + i, 1]);
  }
  const users = new Uint32Array(S + 1);
  for (let s = 0; s < S; s++) users[s + 1] = users[s]! + uses[s]!.length;
  const userIndex = Uint32Array.from(uses.flat(), ([index]) => index);
  const factor = Float32Array.from(uses.flat(), ([, f]) => f);
  return { questions, uses: { offsets, users, userIndex, factor, sequenceOf } };
}

test.for([
  [1, 1],
  [5, 7],
  [16, 33],
] as const)("rowWeights (Q=%i, S=%i)", async ([Q, S]) => {
  const { uses } = layout(Q, S);
  const gradients = random(4 * Q, 2);
  for (const R of new Set([1, uses.sequenceOf.length, Math.min(65, uses.sequenceOf.length)])) {
    const sequenceOf = uses.sequenceOf.slice(0, R);
    const want = rowWeightsReference({ ...uses, sequenceOf }, gradients, R);
    for (const kernel of [rowWeights, withRows(gpu, rowWeights)]) {
      const data = { ...uses, sequenceOf, gradients, weight: { words: R } };
      const out = await runKernel(gpu, kernel, data, { R, S });
      expectClose(out.f32("weight"), want, { ...kernel.tolerance, label: kernel.key });
    }
  }
});

test("means, objective and row weights are the gradient of the mean loss by every log-probability", () => {
  const [Q, S] = [12, 21];
  const { questions, uses } = layout(Q, S);
  const R = uses.sequenceOf.length;
  const factor = Float64Array.from(uses.factor, (f) => 1 / Math.round(1 / f)); // thirds in float64
  const logprob = Float64Array.from(random(R, 5), (x) => 3 * x - 3);
  const run = () => {
    const means = sequenceMeansReference(logprob, uses.offsets, S);
    return objectiveReference(means, questions.terms, questions.zList, questions.weights, Q, 1 / Q);
  };
  const weight = rowWeightsReference({ ...uses, factor }, run().gradients, R);
  const gradient = weight.map((w) => -w);
  expectGradient(gradient, logprob, () => run().losses.reduce((a, b) => a + b, 0) / Q, "dlogprob");
});

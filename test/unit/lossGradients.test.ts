/** The gradients in which a loss begins: by the logits of a row, and by the values of a question's terms. */
import { describe, test } from "vitest";
import { crossEntropyReference } from "../../src/gpu/reference/crossEntropy.ts";
import { klTopReference } from "../../src/gpu/reference/klTop.ts";
import { topTokensReference } from "../../src/gpu/reference/topTokens.ts";
import type { QuestionLoss } from "../../src/model/policy.ts";
import { lossesAt } from "../../src/model/updatePlan.ts";
import { joined, weighed } from "../../src/train/joined.ts";
import { expectGradient } from "../helpers/differences.ts";
import { inner } from "../helpers/gradient.ts";
import { random } from "../helpers/kernel.ts";
import { minusMean } from "../helpers/losses.ts";

test("the weighted cross-entropy's gradient equals central differences", () => {
  const [R, V, ld] = [3, 7, 8];
  const logits = Float64Array.from(random(R * ld, 1), (x) => 3 * x);
  const targets = [0, 6, 3];
  const weight = [0.7, -0.4, 1.3];
  const shape = { R, V, ld, rowOffset: 0 };
  const run = () => crossEntropyReference(logits, targets, weight, shape);
  const loss = () => -inner(run().logprob, weight);
  expectGradient(run().gradient, logits, loss, "dlogits");
});

test.for([1, 3, 7])(
  "the divergence from a teacher's %i top tokens of 7 has the gradient of central differences",
  (count) => {
    const shape = { R: 2, V: 7, ld: 8, count };
    const logits = Float64Array.from(random(16, 2), (x) => 3 * x);
    const others = random(16, 1).map((x) => 3 * x);
    const { ids, logprobs } = topTokensReference(others, shape);
    const weight = [0.7, -0.4];
    const run = () => klTopReference(logits, ids, logprobs, weight, shape);
    expectGradient(run().gradient, logits, () => inner(run().kl, weight), "dlogits");
  },
);

describe("losses put together", () => {
  const sequence = (id: number) => ({ context: [1], completion: [id] });
  const linear = minusMean([sequence(1), sequence(2)]);
  const curved: QuestionLoss = {
    terms: minusMean([sequence(3), sequence(4)]).terms,
    loss: ([a, b]) => ({ loss: a! ** 2 * b!, slopes: [2 * a! * b!, a! ** 2] }),
  };

  test.for([
    ["linear ones", joined([linear, weighed(linear, 0.3)])],
    ["curved ones", joined([curved, weighed(curved, 0.3)])],
    ["both, weighed again", weighed(joined([linear, weighed(curved, -0.7), linear]), 2.5)],
    ["by a weight of 1", weighed(curved, 1)],
    ["by no weight", weighed(joined([linear, curved]), 0)],
  ] as const)("%s have the slopes of central differences", ([, question]) => {
    const values = Float64Array.from(random(question.terms.length, 3), (x) => 2 * x - 2.5);
    const run = () => lossesAt([question], [[...values]])[0]!;
    expectGradient(run().slopes, values, () => run().loss, "slopes");
  });
});

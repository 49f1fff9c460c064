/** An update's arithmetic in float64: values, losses and row weights, against central differences over every row. */
import { expect, test } from "vitest";
import type { LossTerm, QuestionLoss, TopTokens } from "../../src/model/policy.ts";
import { knownSlopes, lossesAt, planUpdate, rowWeights, termValues } from "../../src/model/updatePlan.ts";
import { expectClose } from "../helpers/close.ts";
import { centralDifferences } from "../helpers/gradient.ts";
import { random } from "../helpers/kernel.ts";
import { plain } from "../helpers/losses.ts";

const LIMITS = { trained: 60, scored: 40, window: null };
const teacherOf = (rows: number): TopTokens => ({
  count: 2,
  ids: new Uint32Array(2 * rows),
  logprobs: new Float32Array(2 * rows).fill(-1),
});

/** Questions whose sequences, prompts and teachers meet in every way; quadratic losses among linear ones. */
function questions(): QuestionLoss[] {
  const shared = { context: [1, 2], completion: [3, 4, 5] };
  const teacher = teacherOf(3);
  const own = (q: number) => ({ context: [1, 2], completion: [6 + q, 4] });
  return Array.from({ length: 7 }, (_, q): QuestionLoss => {
    const terms: LossTerm[] = [
      plain("w", q % 2 === 0 ? shared : own(q)),
      { ...plain("c", own(q % 3)), tokens: Float32Array.of(0.25, q + 1) },
      { ...plain("kl", shared), teacher: q % 3 === 0 ? teacherOf(3) : teacher },
      { ...plain("kl", shared), teacher, tokens: Float32Array.of(0, 1, 0.5) },
      { ...plain("z", { context: [], completion: [9, 8, q] }), watched: q === 3 },
      plain("z", { context: [], completion: [7] }), // predicts nothing
      { ...plain("l", own(9)), tokens: new Float32Array(2) }, // counts nothing
    ];
    const slopes = terms.map((_, t) => (q === 3 && t === 4 ? 0 : ((q + t) % 5) - 2));
    if (q % 2 === 0) return { terms, loss: slopes };
    return {
      terms,
      loss: (values) => ({
        loss: values.reduce((sum, v, t) => sum + slopes[t]! * v ** 2, 0),
        slopes: values.map((v, t) => 2 * slopes[t]! * v),
      }),
    };
  });
}

test("row weights are the gradient of the mean loss by every row", () => {
  const losses = questions();
  const plan = planUpdate(losses, LIMITS);
  const logprob = Float64Array.from(random(plan.rows, 5), (x) => 3 * x - 3);
  const kl = Float64Array.from(random(plan.rows, 6), (x) => x + 1);
  const at = () => lossesAt(losses, termValues(plan, losses, { logprob, kl }));
  const loss = () => at().reduce((sum, question) => sum + question.loss, 0) / losses.length;
  const { hard, soft } = rowWeights(
    plan,
    losses,
    at().map(({ slopes }) => slopes),
  );
  const close = { atol: 1e-6, rtol: 1e-6 }; // the weights are float32
  expectClose(
    hard.map((w) => -w),
    centralDifferences(loss, logprob),
    { ...close, label: "hard" },
  );
  expectClose(soft, centralDifferences(loss, kl), { ...close, label: "soft" });
});

test("equal sequences are computed once, soft ones with every teacher of theirs", () => {
  const losses = questions();
  const { of, entries, packs, supervised_tokens } = planUpdate(losses, LIMITS);
  const shared = entries.filter(({ sequence }) => `${sequence.completion}` === "3,4,5");
  expect(shared.map(({ teacher }) => teacher !== null)).toEqual([true, true, true, true]); // one shared, three of their own
  expect(of[0]![0]).toBe(of[2]![0]); // the hard term joins one of them
  const trained = entries.filter((e) => e.trained);
  expect(supervised_tokens).toBe(trained.reduce((n, { rows }) => n + rows, 0));
  for (const { firstRow, pack } of packs) {
    expect(firstRow % 64).toBe(0);
    expect(pack.T).toBeLessThanOrEqual(60);
  }
});

test("what is only watched is no part of a trained pack of its own", () => {
  const { packs, entries } = planUpdate(
    [
      {
        terms: [
          plain("w", { context: [1], completion: [2] }),
          plain("z", { context: [2], completion: [3, 4] }),
        ],
        loss: [-1, 0],
      },
    ],
    LIMITS,
  );
  expect(packs.map(({ trained, pack }) => [trained, pack.R])).toEqual([
    [false, 2],
    [true, 1],
  ]);
  expect(entries.map(({ trained }) => trained)).toEqual([true, false]);
});

test("slopes are known where every loss is linear", () => {
  const linear = questions().filter(({ loss }) => typeof loss !== "function");
  expect(knownSlopes(linear)).toHaveLength(4);
  expect(knownSlopes(questions())).toBeNull();
});

test("soft targets that do not fit their sequence are refused with both numbers", () => {
  const term = { ...plain("kl", { context: [1], completion: [2, 3] }), teacher: teacherOf(3) };
  expect(() => planUpdate([{ terms: [term], loss: [-1] }], LIMITS)).toThrow(
    /term 0 \(kl\): 2 tokens .* has 6/,
  );
});

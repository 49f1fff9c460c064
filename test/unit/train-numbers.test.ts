import { describe, expect, test } from "vitest";
import { baselines } from "../../src/core/baselines.ts";
import { tInterval, wilson } from "../../src/core/intervals.ts";
import type { Question } from "../../src/core/run.ts";
import { learningRateAt } from "../../src/core/schedule.ts";
import { checkQuestions } from "../../src/documents/questions.ts";
import { batchAt } from "../../src/train/order.ts";
import { expectClose } from "../helpers/close.ts";
import { publicFile } from "../helpers/fixtures.ts";

describe("learning rate", () => {
  const rates = (lr_scheduler_type: "constant" | "linear" | "cosine", warmup_steps: number, steps: number) =>
    Array.from({ length: steps }, (_, s) =>
      learningRateAt(s, steps, { learning_rate: 1, lr_scheduler_type, warmup_steps }),
    );

  test("constant, linear and cosine, each after its warm-up", () => {
    expectClose(rates("constant", 0, 3), [1, 1, 1]);
    expectClose(rates("constant", 4, 6), [0.25, 0.5, 0.75, 1, 1, 1]);
    expectClose(rates("linear", 2, 6), [0.5, 1, 1, 0.75, 0.5, 0.25]);
    expectClose(rates("cosine", 0, 4), [1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2], {
      atol: 1e-15,
    });
  });

  test("a warm-up longer than the run never ends", () => {
    expectClose(rates("cosine", 8, 4), [0.125, 0.25, 0.375, 0.5]);
  });
});

describe("order of questions", () => {
  const config = { order: null, seed: 0, updates: 16, batch_size: 16 };
  const cycle = (c: number, seed = 0): number[] =>
    Array.from({ length: config.updates }, (_, u) =>
      batchAt(c * config.updates + u, 124, { ...config, seed }),
    ).flat();

  test("a cycle goes round one shuffle of all questions", () => {
    const order = cycle(0);
    expect(order).toHaveLength(256);
    expect([...order.slice(0, 124)].sort((a, b) => a - b)).toEqual(Array.from({ length: 124 }, (_, i) => i));
    expect(order.slice(124, 248)).toEqual(order.slice(0, 124));
    expect(order.slice(248)).toEqual(order.slice(0, 8));
  });

  test("another cycle or seed, another shuffle; the same, the same", () => {
    expect(cycle(1)).not.toEqual(cycle(0));
    expect(cycle(0, 1)).not.toEqual(cycle(0));
    expect(cycle(1)).toEqual(cycle(1));
  });

  test("an order of one's own is used round and round over the run", () => {
    const own = { ...config, updates: 2, order: [[3, 1], [2], [0, 0, 1]] };
    expect([0, 1, 2, 3, 4].map((u) => batchAt(u, 4, own))).toEqual([[3, 1], [2], [0, 0, 1], [3, 1], [2]]);
  });

  test("a batch larger than the set repeats it", () => {
    expect(batchAt(0, 2, { ...config, batch_size: 5 })).toHaveLength(5);
  });
});

describe("intervals", () => {
  test("Wilson at the ends and in the middle", () => {
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29
    const cases = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const;
    for (const [right, n, low, high] of cases) {
      const interval = wilson(right / n, n)!;
      expectClose([interval.low, interval.high], [low, high], { atol: 5e-5 });
    }
    expect(wilson(0, 0)).toBeNull();
  });

  test("Student's t over three seeds", () => {
    const interval = tInterval([0.6, 0.7, 0.8])!; // mean 0.7, sd 0.1, 4.3027 · 0.1 / √3
    expectClose([interval.low, interval.high], [0.4516, 0.9484], { atol: 1e-4 });
    expect(tInterval([0.6, 0.7])).toBeNull();
  });
});

test("trivial baselines share the credit of equals", () => {
  const question = (options: string[], answer: string): Question => ({
    question: "?",
    options: Object.fromEntries(options.map((text, i) => ["ABCDE"[i]!, text])),
    answer,
    evidence: null,
    relation: null,
    phrasings: [],
    bridge: null,
  });
  const questions = [
    question(["flute", "drum", "zither", "violin"], "zither"), // one of two longest; one of two found
    question(["1634", "1634 BC"], "1634"), // not the longest; both found
    question(["Bo", "Cy"], "Cy"), // none found: chance
    question([], "open"), // no options: not counted
  ];
  const passages = [["She plays the Zither.", "a drum"], ["In 1634 BC."], ["Silence."], ["open"]];
  const train = ["zither", "zither", "drum", "1634 BC"].map((answer) => question([], answer));
  const { chance, longest_option, string_in_context, answer_prior } = baselines(questions, passages, train);
  expectClose(
    [chance!, longest_option!, string_in_context!, answer_prior!],
    [(1 / 4 + 1 / 2 + 1 / 2) / 3, 1 / 3, (1 / 2 + 1 / 2 + 1 / 2) / 3, (1 + 0 + 1 / 2) / 3],
    { atol: 1e-12 },
  );
  const none = { chance: null, longest_option: null, string_in_context: null, answer_prior: null };
  expect(baselines([], [], train)).toEqual(none);
  expect(baselines(questions, passages, []).answer_prior).toBeNull(); // nothing is known of answers
});

describe("the answer prior", () => {
  const about = (relation: string | null, answer: string, options = ["Bo", "Cy"]): Question => ({
    question: "?",
    options: Object.fromEntries(options.map((text, i) => ["ABCDE"[i]!, text])),
    answer,
    evidence: null,
    relation,
    phrasings: [],
    bridge: null,
  });
  const prior = (question: Question, train: Question[]) => baselines([question], [[]], train).answer_prior;

  test("counts answers of the same relation, and all where the relation is new or not named", () => {
    const train = [about("mentor", "Bo"), about("founder", "Cy"), about("founder", "Cy")];
    expect(prior(about("mentor", "Bo"), train)).toBe(1);
    expect(prior(about("founder", "Bo"), train)).toBe(0);
    expect(prior(about("friend", "Cy"), train)).toBe(1);
    expect(prior(about(null, "Cy"), train)).toBe(1);
    expect(prior(about("mentor", "Dee", ["Cy", "Dee"]), train)).toBe(0.5); // neither was ever an answer
  });

  test("is worth little on the archive: 26 % on test, 32 % on two-hop questions (its README)", async () => {
    const read = async (name: string) =>
      checkQuestions(new TextDecoder().decode(await publicFile(`data/archive/${name}.json`)), `${name}.json`)
        .questions;
    const [train, test, twohop] = [await read("train"), await read("test"), await read("twohop")];
    const of = (questions: Question[]) =>
      baselines(
        questions,
        questions.map(() => []),
        train,
      ).answer_prior!;
    expectClose([of(test), of(twohop)], [0.26, 0.32], { atol: 0.005 });
  });
});

import { describe, expect, test } from "vitest";
import { RUN_DEFAULTS } from "../../src/core/config.ts";
import { OBJECTIVE_NAMES, type Objective } from "../../src/core/objectives.ts";
import type { QuestionLoss, TopTokens } from "../../src/model/policy.ts";
import { lossesAt } from "../../src/model/updatePlan.ts";
import { advantagesOf } from "../../src/train/objectives/grpo.ts";
import type { Visit } from "../../src/train/objectives/objective.ts";
import { minusLogSigmoid, pairLoss } from "../../src/train/objectives/pair.ts";
import { objectives } from "../../src/train/objectives/registry.ts";
import { expectClose } from "../helpers/close.ts";
import { expectGradient } from "../helpers/differences.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { random } from "../helpers/kernel.ts";
import { visitOf } from "../helpers/visits.ts";

interface Part {
  y_w: string;
  y_l: string;
  reward: number;
  s_z: number;
  s_c: number;
  s_l: number;
  s_w: number;
  loss: number;
}
const batch = await json<{ objectives: Record<string, { loss: number; parts: Part[] }> }>(
  fixture("pocket/batch.json"),
);

/** A loss and its slopes on given means, by the names of its terms. */
function at(question: QuestionLoss, s: Pick<Part, "s_z" | "s_c" | "s_l" | "s_w">) {
  const values = question.terms.map(({ name }) => s[`s_${name as "z" | "c" | "l" | "w"}`]);
  const [{ loss, slopes }] = lossesAt([question], [values]) as [ReturnType<typeof lossesAt>[number]];
  return { loss, slopes: Object.fromEntries(question.terms.map(({ name }, t) => [name, slopes[t]!])) };
}

const targets = (id: number): TopTokens => ({
  count: 1,
  ids: Uint32Array.of(id),
  logprobs: Float32Array.of(-0.5),
});

const visit = (differ: boolean, reward: number): Visit => ({
  preferredTargets: targets(7),
  rejectedTargets: targets(8),
  samples: [reward, 0, 1].map((r, g) => ({ completion: [10 + g], reward: r, targets: targets(10 + g) })),
  progress: 0,
  closed: [1],
  open: [1, 2],
  passages: [{ context: [1], completion: [5, 6] }],
  gold: [4, 2],
  preferred: [7],
  rejected: [8],
  differ,
  reward,
  credit: null,
});
const config = RUN_DEFAULTS;
const MEANS = { s_z: -3, s_c: -5, s_l: -4, s_w: -2 };

describe.for(["rlag", "rlag-paper"] as const)("%s", (objective) => {
  const { loss } = objectives[objective];
  const settings = objective === "rlag-paper" ? { ...config, beta: 0.5 } : config;

  test("gives the reference's loss for each question of the batch", () => {
    const { parts } = batch.objectives[objective]!;
    expect(parts).toHaveLength(8);
    const losses = parts.map(
      (part) => at(loss(visit(part.y_w !== part.y_l, part.reward), settings), part).loss,
    );
    expectClose(
      losses,
      parts.map((part) => part.loss),
      { atol: 1e-6 },
    );
    expectClose([losses.reduce((a, b) => a + b) / 8], [batch.objectives[objective]!.loss], { atol: 1e-6 });
  });

  test("scores y_w and y_l where they belong", () => {
    const [, c, l, w] = loss(visit(true, 1), settings).terms;
    expect([c!, l!, w!].map(({ name, sequence }) => [name, sequence])).toEqual([
      ["c", { context: [1, 2], completion: [7] }],
      ["l", { context: [1], completion: [8] }],
      ["w", { context: [1], completion: [7] }],
    ]);
  });

  test("leaves the passages out where a search found none", () => {
    const found = at(loss({ ...visit(true, 1), passages: [] }, settings), MEANS);
    const nothing = { ...MEANS, s_z: 0 };
    expect(found.loss).toBe(at(loss(visit(true, 1), settings), nothing).loss);
  });
});

test("the reward gates rlag's pair and anchor, not rlag-paper's", () => {
  const settings = { ...config, beta: 0.1, anchor: 2 };
  const of = (name: "rlag" | "rlag-paper", differ: boolean, reward: number) =>
    at(objectives[name].loss(visit(differ, reward), settings), MEANS).slopes as Record<
      "z" | "c" | "l" | "w",
      number
    >;
  const half = of("rlag", true, 0.5);
  expectClose([half.c / half.z, half.l / half.z, half.w], [0.05 / 0.2, -0.05 / 0.2, -1], { rtol: 1e-12 });
  const nothing = of("rlag", true, 0);
  expect([nothing.c, nothing.l, nothing.w].every((slope) => slope === 0)).toBe(true);
  expect(nothing.z).toBeLessThan(0);
  const paper = of("rlag-paper", true, 0);
  expectClose([paper.c / paper.z], [0.1 / 0.2], { rtol: 1e-12 });
  const same = of("rlag-paper", false, 1);
  expect([same.c, same.l, same.w].every((slope) => slope === 0)).toBe(true);
});

test("what has no weight is watched: scored for the log alone", () => {
  const watched = (name: "rlag" | "rlag-paper", differ: boolean, reward: number) =>
    objectives[name]
      .loss(visit(differ, reward), config)
      .terms.filter((term) => term.watched)
      .map((term) => term.name);
  expect(watched("rlag", true, 1)).toEqual([]);
  expect(watched("rlag", false, 1)).toEqual(["c", "l"]);
  expect(watched("rlag", true, 0)).toEqual(["c", "l", "w"]);
  expect(watched("rlag-paper", true, 0)).toEqual(["w"]);
});

test("sft raises the gold answer closed book, cpt the passages, and nothing else", () => {
  const taught = objectives.sft.loss(visit(true, 0), config);
  expect(taught.terms).toMatchObject([{ name: "w", sequence: { context: [1], completion: [4, 2] } }]);
  expect(at(taught, MEANS).loss).toBe(2);
  const read = objectives.cpt.loss(visit(true, 0), config);
  expect(read.terms).toMatchObject([{ name: "z", sequence: { context: [1], completion: [5, 6] } }]);
  expect(at(read, MEANS).loss).toBe(3);
  expect(objectives.cpt.loss({ ...visit(true, 0), passages: [] }, config)).toEqual({ terms: [], loss: [] });
});

/** A linear loss as (name, completion, taught by whom, slope) of each term. */
const terms = (name: Objective, v: Visit) => {
  const { terms, loss } = objectives[name].loss(v, config);
  if (typeof loss === "function") throw new Error(`${name} should be linear`);
  return terms.map((term, t) => [term.name, term.sequence.completion[0], term.teacher?.ids[0], loss[t]]);
};

test("distill teaches y_w softly, sdft the model's own answer; both watch what its tokens are worth", () => {
  expect(terms("distill", visit(true, 0))).toEqual([
    ["kl", 7, 7, -1],
    ["w", 7, undefined, 0],
  ]);
  expect(terms("sdft", visit(true, 0))).toEqual([
    ["kl", 8, 8, -1],
    ["l", 8, undefined, 0],
  ]);
});

test("simpo prefers y_w by β, beyond the margin γ, and nothing where the answers are the same", () => {
  const settings = { ...config, beta: 2, simpo_gamma: 0.8 };
  const loss = (differ: boolean) => at(objectives.simpo.loss(visit(differ, 0), settings), MEANS);
  const x = 2 * (MEANS.s_w - MEANS.s_l) - 0.8;
  expectClose([loss(true).loss], [Math.log1p(Math.exp(-x))], { rtol: 1e-12 });
  expectClose([loss(true).slopes.w!], [-2 / (1 + Math.exp(x))], { rtol: 1e-12 });
  expectClose([loss(false).loss], [Math.log1p(Math.exp(0.8))], { rtol: 1e-12 });
  expect(objectives.simpo.loss(visit(false, 0), settings).terms.every(({ watched }) => watched)).toBe(true);
});

test("grpo raises samples by their advantage in the group and holds all of them to the base", () => {
  const unit = 0.5 / (0.5 + 1e-4); // the mean is 0.5, and so is the standard deviation
  expectClose(advantagesOf([0.5, 0, 1]), [0, -unit, unit], { atol: 1e-12 });
  expect(advantagesOf([0.3, 0.3])).toEqual([0, 0]);
  const rows = terms("grpo", visit(true, 0.5));
  expect(rows.filter(([name]) => name === "kl")).toEqual([10, 11, 12].map((id) => ["kl", id, id, -0.04 / 3]));
  expectClose(
    rows.filter(([name]) => name === "w").map(([, , , slope]) => slope as number),
    advantagesOf([0.5, 0, 1]).map((a) => -a / 3),
    { atol: 1e-12 },
  );
});

test("cpt+sft is cpt in the first half of the updates, then sft", () => {
  const of = (progress: number) => terms("cpt+sft", { ...visit(true, 0), progress });
  expect([of(0), of(0.49)]).toEqual([terms("cpt", visit(true, 0)), terms("cpt", visit(true, 0))]);
  expect([of(0.5), of(0.99)]).toEqual([terms("sft", visit(true, 0)), terms("sft", visit(true, 0))]);
});

test("an objective asks for nothing that it does not need", () => {
  const always = ["closed", "open", "progress", "reward", "differ"]; // prompts, and what comes with answers
  for (const name of OBJECTIVE_NAMES) {
    const { needs, loss } = objectives[name];
    const whole = visit(true, 0.5);
    const given = Object.entries(whole).filter(([key]) => [...always, ...needs].includes(key));
    expect(() => loss(visitOf(Object.fromEntries(given)), config), name).not.toThrow();
  }
});

describe.for(OBJECTIVE_NAMES)("%s", (name) => {
  test("its slopes are its loss's central differences", () => {
    for (const [i, v] of [visit(true, 1), visit(true, 0.4), visit(false, 1), visit(true, 0)].entries()) {
      const question = objectives[name].loss(
        { ...v, passages: [v.passages[0]!, { context: [1], completion: [9, 9] }] },
        config,
      );
      const values = Float64Array.from(random(question.terms.length, 3 + i), (x) => 2 * x - 2.5);
      const run = () => lossesAt([question], [[...values]])[0]!;
      const { slopes } = run();
      expectGradient(slopes, values, () => run().loss, `visit ${i}`);
      for (const [t, { watched }] of question.terms.entries())
        if (watched) expect(slopes[t]).toBeCloseTo(0, 15);
    }
  });
});

describe("the pair", () => {
  const s = (id: number) => ({ context: [1], completion: [id] });
  const loss = pairLoss(
    { z: [s(1)], c: s(2), l: s(3), w: s(4) },
    { beta_z: 0.5, beta: 0.5, anchor: 0.5, clips: { chosen: -0.25, rejected: -5 } },
  );

  test("a clipped mean has no gradient, at the clip it has", () => {
    const slopes = (s_c: number, s_l: number) => at(loss, { s_z: -3, s_c, s_l, s_w: -2 }).slopes;
    expect(slopes(-0.25, -5).c).toBeLessThan(0);
    expect(slopes(-0.25, -5).l).toBeGreaterThan(0);
    expect(slopes(-0.2, -5.5)).toMatchObject({ c: 0, l: 0 });
  });

  test("log σ is safe at both ends", () => {
    expect(minusLogSigmoid(-800)).toEqual({ loss: 800, slope: -1 });
    expect(minusLogSigmoid(800).loss).toBe(0);
    expect(minusLogSigmoid(800).slope).toBeCloseTo(0, 15);
  });
});

interface Case {
  parts: { s_z: number; s_c: number; s_l: number; s_w: number; loss: number }[];
  loss: number;
  gamma: number;
  anchor: number;
}

interface Cases {
  rlag_questions: { same: boolean; clip_chosen: number; clip_rejected: number; reward: number }[];
  rlag_paper: Case;
  rlag: Case;
}

const cases = await json<Cases>(fixture("llama-tied/cases.json"));
const sequence = { context: [1], completion: [1] };

test.for(["rlag_paper", "rlag"] as const)(
  "%s has PyTorch's losses on the tiny model's questions, clips of their own",
  (name) => {
    const { parts, loss, gamma, anchor } = cases[name];
    expect(gamma).toBe(0.8);
    const questions = cases.rlag_questions.map(({ same, clip_chosen, clip_rejected, reward }) => {
      const gate = name === "rlag" ? reward : 1;
      return pairLoss(
        { z: [sequence], c: sequence, l: sequence, w: sequence },
        {
          beta_z: same ? 0.5 : 0.2,
          beta: same ? 0 : 0.5 * gate,
          anchor: anchor * gate,
          clips: { chosen: clip_chosen, rejected: clip_rejected },
        },
      );
    });
    const losses = lossesAt(
      questions,
      parts.map(({ s_z, s_c, s_l, s_w }) => [s_z, s_c, s_l, s_w]),
    ).map((at) => at.loss);
    expectClose(
      losses,
      parts.map((part) => part.loss),
      { atol: 1e-6 },
    );
    expectClose([losses.reduce((a, b) => a + b) / losses.length], [loss], { atol: 1e-6 });
  },
);

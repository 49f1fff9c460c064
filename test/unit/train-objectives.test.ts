import { describe, expect, test } from "vitest";
import { parseRunConfig } from "../../src/core/config.ts";
import type { QuestionTerms } from "../../src/model/policy.ts";
import type { AnsweredQuestion } from "../../src/train/objectives/objective.ts";
import { objectives } from "../../src/train/objectives/registry.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json } from "../helpers/fixtures.ts";

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

/** policy.ts's one form of all losses, on given means. */
function lossOf(t: QuestionTerms, s: Pick<Part, "s_z" | "s_c" | "s_l" | "s_w">): number {
  const pair = Math.min(s.s_c, t.clip_chosen) - Math.max(s.s_l, t.clip_rejected);
  const inside = t.beta_z * s.s_z + t.beta * pair - t.gamma;
  return t.pair * Math.log1p(Math.exp(-inside)) - t.anchor * s.s_w - t.z_weight * s.s_z;
}

const question = (differ: boolean, reward: number): AnsweredQuestion => ({
  closed: [1],
  open: [1, 2],
  z: [{ context: [1], completion: [5, 6] }],
  preferred: [7],
  rejected: [8],
  differ,
  reward,
});

describe.for(["rlag", "rlag-paper"] as const)("%s", (objective) => {
  const config = parseRunConfig({ objective });
  const recipe = objectives[objective];
  if (recipe.uses !== "answers") throw new Error(`${objective} should use answers`);

  test("gives the reference's loss for each question of the batch", () => {
    const { parts } = batch.objectives[objective]!;
    expect(parts).toHaveLength(8);
    const losses = parts.map((part) =>
      lossOf(recipe.terms(question(part.y_w !== part.y_l, part.reward), config), part),
    );
    expectClose(
      losses,
      parts.map((part) => part.loss),
      { atol: 1e-6 },
    );
    expectClose([losses.reduce((a, b) => a + b) / 8], [batch.objectives[objective]!.loss], { atol: 1e-6 });
  });

  test("scores y_w and y_l where they belong", () => {
    const { c, l, w } = recipe.terms(question(true, 1), config);
    expect([c, l, w]).toEqual([
      { context: [1, 2], completion: [7] },
      { context: [1], completion: [8] },
      { context: [1], completion: [7] },
    ]);
  });

  test("leaves the passages out where a search found none", () => {
    expect(recipe.terms({ ...question(true, 1), z: [] }, config).beta_z).toBe(0);
  });
});

test("the reward gates rlag's pair and anchor, not rlag-paper's", () => {
  const config = { beta: 0.1, anchor: 2 };
  const rlag = objectives.rlag;
  const paper = objectives["rlag-paper"];
  if (rlag.uses !== "answers" || paper.uses !== "answers") throw new Error("both should use answers");
  expect(rlag.terms(question(true, 0.5), config)).toMatchObject({ beta: 0.05, anchor: 1, beta_z: 0.2 });
  expect(rlag.terms(question(true, 0), config)).toMatchObject({ beta: 0, anchor: 0, beta_z: 0.2 });
  expect(paper.terms(question(true, 0), config)).toMatchObject({ beta: 0.1, anchor: 0 });
  expect(paper.terms(question(false, 1), config)).toMatchObject({ beta: 0, beta_z: 0.5 });
});

test("sft raises the gold answer closed book, cpt the passages, and nothing else", () => {
  const { sft, cpt } = objectives;
  if (sft.uses !== "gold" || cpt.uses !== "passages")
    throw new Error("sft should use gold answers, cpt passages");
  const means = { s_z: -3, s_c: -5, s_l: -7, s_w: -2 };
  const config = { beta: 9, anchor: 9 };
  const z = [{ context: [1], completion: [5] }];
  const taught = sft.terms({ z, closed: [1], gold: [4, 2] }, config);
  expect(taught.w).toEqual({ context: [1], completion: [4, 2] });
  expect([taught.z, taught.c, taught.l]).toEqual([[], null, null]);
  expect(lossOf(taught, means)).toBe(2);
  const read = cpt.terms({ z }, config);
  expect([read.z, read.c, read.l, read.w]).toEqual([z, null, null, null]);
  expect(lossOf(read, means)).toBe(3);
  expect(lossOf(cpt.terms({ z: [] }, config), means)).toBe(0);
});

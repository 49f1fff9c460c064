/** The loss of method.md §3 against PyTorch: the four questions of fixtures/llama-tied, from their means. */
import { expect, test } from "vitest";
import { objective } from "../../src/gpu/kernels/objective.ts";
import { objectiveReference } from "../../src/gpu/reference/objective.ts";
import { expectClose } from "../helpers/close.ts";
import { fixture, json } from "../helpers/fixtures.ts";
import { testGpu } from "../helpers/gpu.ts";
import { runKernel } from "../helpers/kernel.ts";

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

const gpu = await testGpu();
const cases = await json<Cases>(fixture("llama-tied/cases.json"));
const Q = cases.rlag_questions.length;

test.for(["rlag_paper", "rlag"] as const)("%s has PyTorch's losses", async (name) => {
  const { parts, loss, gamma, anchor } = cases[name];
  const rewards = cases.rlag_questions.map(({ reward }) => (name === "rlag" ? reward : 1));
  const means = parts.flatMap(({ s_z, s_c, s_l, s_w }) => [s_z, s_c, s_l, s_w]);
  const terms = parts.flatMap((_, q) => [4 * q + 1, 4 * q + 2, 4 * q + 3, q, q + 1, 0, 0, 0]);
  const zList = parts.map((_, q) => 4 * q);
  const weights = cases.rlag_questions.flatMap(({ same, clip_chosen, clip_rejected }, q) => [
    1,
    same ? 0.5 : 0.2,
    same ? 0 : 0.5 * rewards[q]!,
    gamma,
    clip_chosen,
    clip_rejected,
    anchor * rewards[q]!,
    0,
  ]);
  const want = parts.map((part) => part.loss);
  const { losses } = objectiveReference(means, terms, zList, weights, Q, 1 / Q);
  expectClose(losses, want, { atol: 1e-6, label: "reference" });
  expect(Math.abs(losses.reduce((a, b) => a + b) / Q - loss)).toBeLessThan(1e-6);

  const data = {
    means: new Float32Array(means),
    terms: new Uint32Array(terms),
    zList: new Uint32Array(zList),
    weights: new Float32Array(weights),
    losses: { words: Q },
    gradients: { words: 4 * Q },
    parts: { words: 4 * Q },
  };
  const out = await runKernel(gpu, objective, data, { Q, scale: 1 / Q });
  expectClose(out.f32("losses"), want, { ...objective.tolerance, label: "kernel" });
});

import { expect, test } from "vitest";
import { ABSENT, objective } from "../../src/gpu/kernels/objective.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { objectiveReference } from "../../src/gpu/reference/objective.ts";
import { expectClose } from "../helpers/close.ts";
import { expectGradient } from "../helpers/differences.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";
import { randomQuestions } from "../helpers/questions.ts";

const gpu = await testGpu();
const outputs = (Q: number) => ({
  losses: { words: Q },
  gradients: { words: 4 * Q },
  parts: { words: 4 * Q },
});

test.for([1, 63, 64, 65, 131])("objective (Q=%i)", async (Q) => {
  const means = random(40, 1).map((x) => 3 * x - 3);
  const { terms, weights, zList } = randomQuestions(Q, means.length);
  const want = objectiveReference(means, terms, zList, weights, Q, 1 / Q);
  const list = zList.length > 0 ? zList : new Uint32Array(1);
  for (const kernel of [objective, withRows(gpu, objective)]) {
    const data = { means, terms, zList: list, weights, ...outputs(Q) };
    const out = await runKernel(gpu, kernel, data, { Q, scale: 1 / Q });
    for (const name of ["losses", "gradients", "parts"] as const)
      expectClose(out.f32(name), want[name], { ...kernel.tolerance, label: name });
  }
});

/** One question with s_z, s_c, s_l, s_w = means. */
async function single(means: number[], weights: number[]) {
  const terms = new Uint32Array([1, 2, 3, 0, 1, 0, 0, 0]);
  const data = {
    means: new Float32Array(means),
    terms,
    zList: new Uint32Array(1),
    weights: new Float32Array(weights),
    ...outputs(1),
  };
  const out = await runKernel(gpu, objective, data, { Q: 1, scale: 1 });
  const want = objectiveReference(data.means, terms, data.zList, data.weights, 1, 1);
  expectClose(out.f32("losses"), want.losses, { ...objective.tolerance, label: "loss" });
  expectClose(out.f32("gradients"), want.gradients, { ...objective.tolerance, label: "gradients" });
  return { loss: out.f32("losses")[0]!, gradients: [...out.f32("gradients")] };
}

test("a clipped mean has no gradient, at the clip it has", async () => {
  const at = await single([-3, -0.25, -5, -2], [1, 0.5, 0.5, 0, -0.25, -5, 0.5, 0]);
  expect(at.gradients[1]).toBeLessThan(0);
  expect(at.gradients[2]).toBeGreaterThan(0);
  const beyond = await single([-3, -0.2, -5.5, -2], [1, 0.5, 0.5, 0, -0.25, -5, 0.5, 0]);
  expect(beyond.gradients.slice(1, 3)).toEqual([0, 0]);
});

test("log σ is safe at both ends", async () => {
  expect((await single([-300, -1, -1, -1], [1, 1, 0, 0, 0, 0, 0, 0])).loss).toBe(300);
  expect((await single([300, -1, -1, -1], [1, 1, 0, 0, 0, 0, 0, 0])).loss).toBe(0);
});

test("no clip is ±1e30, and absent terms add nothing", async () => {
  await single([-3, -0.2, -9, -2], [1, 0.1, 2, 0.8, 1e30, -1e30, 0, 0]);
  const terms = new Uint32Array([ABSENT, ABSENT, ABSENT, 0, 0, 0, 0, 0]);
  const data = {
    means: new Float32Array([-4]),
    terms,
    zList: new Uint32Array(1),
    weights: new Float32Array([0, 1, 1, 1, -1, -5, 1, 1]),
    ...outputs(1),
  };
  const out = await runKernel(gpu, objective, data, { Q: 1, scale: 1 });
  expect([...out.f32("losses"), ...out.f32("gradients"), ...out.f32("parts")].every((x) => x === 0)).toBe(
    true,
  );
});

test("the reference is the gradient of the mean loss", () => {
  const Q = 24;
  const means = Float64Array.from(random(40, 1), (x) => 3 * x - 3);
  const { terms, weights, zList } = randomQuestions(Q, means.length);
  const run = () => objectiveReference(means, terms, zList, weights, Q, 1 / Q);
  const { gradients } = run();
  const byMean = new Float64Array(means.length);
  for (let q = 0; q < Q; q++) {
    const [c, l, w, zStart, zEnd] = terms.subarray(8 * q, 8 * q + 5);
    for (let i = zStart!; i < zEnd!; i++) byMean[zList[i]!]! += gradients[4 * q]! / (zEnd! - zStart!);
    for (const [i, s] of [c!, l!, w!].entries()) if (s !== ABSENT) byMean[s]! += gradients[4 * q + 1 + i]!;
  }
  expectGradient(byMean, means, () => run().losses.reduce((a, b) => a + b, 0) / Q, "dmeans");
});

import { expect, test } from "vitest";
import { specialise } from "../../src/gpu/kernel.ts";
import { adamw, biasCorrections } from "../../src/gpu/kernels/adamw.ts";
import { gradNorm, gradNormPartials } from "../../src/gpu/kernels/gradNorm.ts";
import { gradNormSum } from "../../src/gpu/kernels/gradNormSum.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { type AdamwParams, adamwReference } from "../../src/gpu/reference/adamw.ts";
import { gradNormReference } from "../../src/gpu/reference/gradNorm.ts";
import { gradNormSumReference } from "../../src/gpu/reference/gradNormSum.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

/** Step s, from 1, with a decay large enough to be seen. */
const settings = (s: number, lr: number, max_grad_norm: number): AdamwParams => ({
  lr,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  bias1: 1 - 0.9 ** s,
  bias2: 1 - 0.999 ** s,
  decay: lr * 0.3,
  max_grad_norm,
});

test.for([
  [1, 1],
  [63, 100],
  [64, 2],
  [65, 3],
  [5003, 20],
] as const)("ten steps of adamw (n=%i, clip at %f)", async ([n, max_grad_norm]) => {
  for (const variant of [<K extends typeof adamw>(k: K) => k, (k: typeof adamw) => withRows(gpu, k)]) {
    const kernel = variant(adamw);
    let state = { weights: random(n, 1), m: new Float32Array(n), v: new Float32Array(n) };
    const want = {
      weights: Float64Array.from(state.weights),
      m: new Float64Array(n),
      v: new Float64Array(n),
    };
    for (let s = 1; s <= 10; s++) {
      const grads = random(n, s + 10).map((g) => g * s * 0.5);
      const params = settings(s, 1e-2, max_grad_norm);
      const count = gradNormPartials(n);
      const partials = await runKernel(gpu, gradNorm, { grads, partials: { words: count } }, { n });
      const data = { partials: partials.f32("partials"), stats: { words: 2 } };
      const stats = (await runKernel(gpu, gradNormSum, data, { count })).f32("stats");
      const out = await runKernel(
        gpu,
        kernel,
        { stats, grads, ...state },
        { n, ...params, ...biasCorrections(s, 0.9, 0.999) },
      );
      state = { weights: out.f32("weights"), m: out.f32("m"), v: out.f32("v") };
      const norm = gradNormSumReference(gradNormReference(grads, gradNorm.constants.BLOCK!));
      adamwReference(norm, grads, want.weights, want.m, want.v, params);
    }
    for (const name of ["weights", "m", "v"] as const)
      expectClose(state[name], want[name], { ...kernel.tolerance, label: `${kernel.key} ${name}` });
  }
});

test("adamw changes nothing when the norm is not finite", async () => {
  const grads = new Float32Array([1, NaN, 2]);
  const weights = random(3, 1);
  const [m, v] = [random(3, 2), random(3, 3).map(Math.abs)];
  const stats = new Float32Array([NaN, 1]);
  const out = await runKernel(gpu, adamw, { stats, grads, weights, m, v }, { n: 3, ...settings(1, 0.1, 1) });
  expect([out.f32("weights"), out.f32("m"), out.f32("v")]).toEqual([weights, m, v]);
});

test("adamw beyond 65,535 workgroups", async () => {
  const n = 65_537;
  const [grads, weights] = [random(n, 1), random(n, 2)];
  const params = settings(1, 1e-2, 1);
  const stats = new Float32Array([2, 0]);
  const kernel = specialise(adamw, { constants: { WG: 1, PER: 1 } });
  const data = { stats, grads, weights, m: new Float32Array(n), v: new Float32Array(n) };
  const out = await runKernel(gpu, kernel, data, { n, ...params, ...biasCorrections(1, 0.9, 0.999) });
  const want = Float64Array.from(weights);
  adamwReference([2, 0], grads, want, new Float64Array(n), new Float64Array(n), params);
  expectClose(out.f32("weights"), want, kernel.tolerance);
});

import { test } from "vitest";
import { ACTIVATIONS } from "../../src/gpu/kernels/glu.ts";
import { gluReference } from "../../src/gpu/reference/glu.ts";
import { gluBackwardReference } from "../../src/gpu/reference/gluBackward.ts";
import { rmsNormReference } from "../../src/gpu/reference/rmsNorm.ts";
import { rmsNormBackwardReference } from "../../src/gpu/reference/rmsNormBackward.ts";
import { ropeReference } from "../../src/gpu/reference/rope.ts";
import { expectClose } from "../helpers/close.ts";
import { centralDifferences, inner } from "../helpers/gradient.ts";
import { random } from "../helpers/kernel.ts";

const limits = { rtol: 1e-6, atol: 1e-9 };

test.for([
  [1, 1],
  [3, 7],
  [2, 64],
] as const)("rmsNorm's gradient equals central differences (T=%i, C=%i)", ([T, C]) => {
  const x = Float64Array.from(random(T * C, 1));
  const weight = random(C, 2);
  const dy = random(T * C, 3);
  const { rstd } = rmsNormReference(x, weight, T, C, 1e-2);
  const want = centralDifferences((x) => inner(rmsNormReference(x, weight, T, C, 1e-2).y, dy), x);
  expectClose(rmsNormBackwardReference(x, weight, rstd, dy, T, C), want, limits);
});

test.for(["silu", "gelu_pytorch_tanh"] as const)(
  "glu's gradients equal central differences, and its output comes back (%s)",
  (act) => {
    const { a, b } = ACTIVATIONS[act];
    const gate = Float64Array.from(random(33, 1), (x) => 6 * x);
    const up = Float64Array.from(random(33, 2));
    const dh = random(33, 3);
    const { h, dgate, dup } = gluBackwardReference(dh, gate, up, a, b);
    expectClose(
      dgate,
      centralDifferences((x) => inner(gluReference(x, up, a, b), dh), gate),
      limits,
    );
    expectClose(
      dup,
      centralDifferences((x) => inner(gluReference(gate, x, a, b), dh), up),
      limits,
    );
    expectClose(h, gluReference(gate, up, a, b), { rtol: 1e-14 });
  },
);

test("rope with sign −1 is rope's gradient", () => {
  const [T, NH, hs] = [5, 2, 6];
  const x = Float64Array.from(random(T * NH * hs, 1));
  const dy = random(T * NH * hs, 2);
  const positions = [3, 0, 1, 2, 3];
  const table = Array.from({ length: 4 * hs }, (_, i) => [Math.cos, Math.sin][i % 2]!((i >> 1) * 0.7));
  const forward = (x: Float64Array) => ropeReference(x, positions, table, T, NH, hs, NH * hs, 1);
  const want = centralDifferences((x) => inner(forward(x), dy), x);
  expectClose(ropeReference(dy, positions, table, T, NH, hs, NH * hs, -1), want, limits);
});

import { test } from "vitest";
import { ACTIVATIONS } from "../../src/gpu/kernels/glu.ts";
import { gluBackward } from "../../src/gpu/kernels/gluBackward.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { gluBackwardReference } from "../../src/gpu/reference/gluBackward.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

const SIZES = [
  [4, 3],
  [252, 8],
  [256, 8],
  [260, 8],
  [1004, 120], // beyond ±88 a careless sigmoid overflows
] as const;
const cases = SIZES.flatMap((size) =>
  (["silu", "gelu_pytorch_tanh"] as const).map((act) => [...size, act] as const),
);
test.for(cases)("gluBackward (n=%i, |gate| < %i, %s)", async ([n, size, act]) => {
  const { a, b } = ACTIVATIONS[act];
  const dh = random(n, 1);
  const gate = random(n, 2).map((x) => size * x);
  const up = random(n, 3);
  const want = gluBackwardReference(dh, gate, up, a, b);
  for (const kernel of [gluBackward, withRows(gpu, gluBackward)]) {
    const out = await runKernel(gpu, kernel, { dh, gate, up }, { n, a, b });
    expectClose(out.f32("dh"), want.h, { ...kernel.tolerance, label: "h" });
    expectClose(out.f32("gate"), want.dgate, { ...kernel.tolerance, label: "dgate" });
    expectClose(out.f32("up"), want.dup, { ...kernel.tolerance, label: "dup" });
  }
});

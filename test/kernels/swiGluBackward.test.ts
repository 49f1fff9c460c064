import { test } from "vitest";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { swiGluBackward } from "../../src/gpu/kernels/swiGluBackward.ts";
import { swiGluBackwardReference } from "../../src/gpu/reference/swiGluBackward.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

test.for([
  [4, 3],
  [252, 8],
  [256, 8],
  [260, 8],
  [1004, 120], // beyond ±88 a careless sigmoid overflows
] as const)("swiGluBackward (n=%i, |gate| < %i)", async ([n, size]) => {
  const dh = random(n, 1);
  const gate = random(n, 2).map((x) => size * x);
  const up = random(n, 3);
  const want = swiGluBackwardReference(dh, gate, up);
  for (const kernel of [swiGluBackward, withRows(gpu, swiGluBackward)]) {
    const out = await runKernel(gpu, kernel, { dh, gate, up }, { n });
    expectClose(out.f32("dh"), want.h, { ...kernel.tolerance, label: "h" });
    expectClose(out.f32("gate"), want.dgate, { ...kernel.tolerance, label: "dgate" });
    expectClose(out.f32("up"), want.dup, { ...kernel.tolerance, label: "dup" });
  }
});

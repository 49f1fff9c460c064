import { expect, test } from "vitest";
import { ACTIVATIONS, glu } from "../../src/gpu/kernels/glu.ts";
import { withRows } from "../../src/gpu/kernels/rows.ts";
import { gluReference } from "../../src/gpu/reference/glu.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

const SIZES = [4, 252, 256, 260, 1004];
const cases = SIZES.flatMap((n) => (["silu", "gelu_pytorch_tanh"] as const).map((act) => [n, act] as const));
test.for(cases)("glu (n=%i, %s)", async ([n, act]) => {
  const { a, b } = ACTIVATIONS[act];
  const gate = random(n, 1).map((x, i) => (i % 2 === 0 ? 4 : 120) * x); // beyond ±88 a careless sigmoid overflows
  const up = random(n, 2);
  for (const kernel of [glu, withRows(gpu, glu)]) {
    const out = await runKernel(gpu, kernel, { gate, up, h: { words: n } }, { n, a, b });
    expectClose(out.f32("h"), gluReference(gate, up, a, b), glu.tolerance);
  }
});

test("the activations are silu and PyTorch's tanh form of gelu", () => {
  const x = [-3, -0.5, 0, 0.5, 3];
  const one = x.map(() => 1);
  const { silu, gelu_pytorch_tanh: gelu } = ACTIVATIONS;
  expectClose(
    gluReference(x, one, silu.a, silu.b),
    x.map((x) => x / (1 + Math.exp(-x))),
    { rtol: 1e-14 },
  );
  const tanh = (x: number) => Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
  const want = x.map((x) => 0.5 * x * (1 + tanh(x)));
  expectClose(gluReference(x, one, gelu.a, gelu.b), want, { rtol: 1e-12, atol: 1e-15 });
  expect(want[4]).toBeCloseTo(2.9963627, 6); // torch.nn.functional.gelu(3, approximate="tanh")
});

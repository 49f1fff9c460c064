import { expect, test } from "vitest";
import { gemmVariants } from "../../src/gpu/kernels/gemm.ts";
import { matmulTn, TN_ROWS, tnSplits, tnWords } from "../../src/gpu/kernels/matmulTn.ts";
import { matmulTnReference } from "../../src/gpu/reference/matmulTn.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu, variantNames } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();
const VARIANTS = gemmVariants(gpu).matmulTn;

test("every variant is tried", () => {
  expect([...new Set(VARIANTS.map(({ name }) => name))]).toEqual(
    variantNames(gpu, ["matmulTn", "matmulTnShuffle"]),
  );
});

const SHAPES = [
  { M: 1, I: 4, J: 4 },
  { M: 5, I: 16, J: 36 },
  { M: TN_ROWS - 1, I: 64, J: 20 },
  { M: TN_ROWS, I: 12, J: 132 },
  { M: TN_ROWS + 1, I: 20, J: 8 },
  { M: 2 * TN_ROWS + 37, I: 16, J: 100 },
];

const cases = VARIANTS.flatMap((kernel) => SHAPES.map((s) => ({ kernel, name: kernel.key, ...s })));

test.for(cases)("$name (M=$M, I=$I, J=$J)", async ({ kernel, M, I, J }) => {
  const shape = { M, I, J, ldp: I + 12, pOffset: 8, ldq: J + 8, qOffset: 4 };
  const p = random(M * shape.ldp, 1);
  const q = random(M * shape.ldq, 2);
  const data = { p, q, partials: { words: tnWords(M, I, J) } };
  const out = await runKernel(gpu, kernel, data, shape);
  const want = matmulTnReference(p, q, shape, TN_ROWS);
  expect(want).toHaveLength(tnSplits(M) * I * J);
  expectClose(out.f32("partials"), want, { ...matmulTn.tolerance, label: "partials" });
  const again = await runKernel(gpu, kernel, data, shape);
  expect(again.u32("partials")).toEqual(out.u32("partials"));
});

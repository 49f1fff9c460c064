import { expect, test } from "vitest";
import { roundUp } from "../../src/core/shape.ts";
import { gemmVariants } from "../../src/gpu/kernels/gemm.ts";
import { matmulNt } from "../../src/gpu/kernels/matmulNt.ts";
import { withWeights } from "../../src/gpu/kernels/weightTypes.ts";
import { randomWeights } from "../../src/gpu/randomWeights.ts";
import { matmulNtReference } from "../../src/gpu/reference/matmulNt.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu, variantNames } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";
import { rowOf, typesFor } from "../helpers/weights.ts";

const gpu = await testGpu();
const VARIANTS = gemmVariants(gpu).matmulNt;

test("every variant is tried", () => {
  const names = [
    "matmulNt",
    "matmulNtTile",
    "matmulNtSmall",
    "matmulNtShuffle",
    "matmulNtShuffleRows",
    "matmulNtVector",
  ];
  expect([...new Set(VARIANTS.map(({ name }) => name))]).toEqual(variantNames(gpu, names));
});

const SHAPES: { M: number; N: number; K: number; rank: number; mode: number; bias?: true }[] = [
  { M: 1, N: 1, K: 4, rank: 0, mode: 0 },
  { M: 3, N: 7, K: 8, rank: 4, mode: 1 },
  { M: 8, N: 32, K: 64, rank: 16, mode: 0 },
  { M: 9, N: 31, K: 36, rank: 8, mode: 2 },
  { M: 1, N: 28, K: 36, rank: 4, mode: 2, bias: true },
  { M: 35, N: 36, K: 260, rank: 0, mode: 2, bias: true },
  { M: 31, N: 33, K: 60, rank: 16, mode: 1 },
  { M: 33, N: 65, K: 132, rank: 20, mode: 2 },
  { M: 65, N: 66, K: 68, rank: 0, mode: 1 },
  { M: 130, N: 129, K: 100, rank: 64, mode: 0 },
];

const cases = VARIANTS.flatMap((kernel) =>
  typesFor(gpu, "matmulNt", kernel).flatMap((type) =>
    (type === "F32" ? SHAPES : SHAPES.slice(4, 6)).map((shape) => ({
      kernel,
      type,
      name: kernel.key,
      ...shape,
      K: rowOf(type, shape.K), // whole blocks, as a model's matrices have
    })),
  ),
);

test.for(cases)("$name $type (M=$M, N=$N, K=$K, rank=$rank, mode=$mode, bias=$bias)", async (c) => {
  const { M, N, K, rank, mode, bias = false } = c;
  const [ldx, ldw, ldh, hOffset, ldb] = [K + 4, rowOf(c.type, K + 8), rank + 12, 8, rank + 4];
  const [ldr, ldy] = [bias ? 0 : roundUp(N, 4) + 4, roundUp(N, 4) + 8]; // a bias is one row for all
  const x = random(M * ldx, 1);
  const w = randomWeights(N * ldw, c.type, 2);
  const h = random(M * ldh, 3);
  const b = random(N * ldb, 4);
  const r = random(bias ? N : M * ldr, 5);
  const y = random(M * ldy, 6);
  const shape = { M, N, K, ldx, ldw, ldh, hOffset, ldb, rank, scale: 1.5 };
  const out = await runKernel(
    gpu,
    withWeights(c.kernel, c.type),
    { x, w: w.words, h, b, r, y },
    { ...shape, ldr, ldy, mode },
  );
  const product = matmulNtReference(x, w.values, h, b, shape);
  const want = Float64Array.from(y); // what lies beyond a row's columns stays
  for (let m = 0; m < M; m++)
    for (let n = 0; n < roundUp(N, 4); n++) {
      const base = mode === 1 ? y[m * ldy + n]! : mode === 2 ? r[m * ldr + n]! : 0;
      want[m * ldy + n] = n < N ? base + product[m * N + n]! : 0;
    }
  expectClose(out.f32("y"), want, { ...matmulNt.tolerance, label: "y" });
});

test.for(VARIANTS.map((kernel) => ({ kernel, name: kernel.key })))(
  "$name gives the same bits twice, and the base's where B is 0",
  async ({ kernel }) => {
    const [M, N, K, rank] = [37, 50, 96, 16];
    const ld = { ldx: K, ldw: K, ldh: rank, hOffset: 0, ldb: rank, ldr: 0, ldy: 52 };
    const data = { x: random(M * K, 1), w: randomWeights(N * K, "F32", 2).words, r: random(4, 3) };
    const h = random(M * rank, 4);
    const run = async (b: Float32Array<ArrayBuffer>, rank: number) => {
      const y = { words: M * ld.ldy };
      const out = await runKernel(
        gpu,
        kernel,
        { ...data, h, b, y },
        { M, N, K, ...ld, rank, mode: 0, scale: 2 },
      );
      return out.u32("y");
    };
    const b = random(N * rank, 5);
    const once = await run(b, rank);
    expect(await run(b, rank)).toEqual(once);
    expect(await run(new Float32Array(N * rank), rank)).toEqual(await run(b, 0));
  },
);

import { expect, test } from "vitest";
import { roundUp } from "../../src/core/shape.ts";
import { gemmVariants } from "../../src/gpu/kernels/gemm.ts";
import { matmulNn } from "../../src/gpu/kernels/matmulNn.ts";
import { withWeights } from "../../src/gpu/kernels/weightTypes.ts";
import { randomWeights } from "../../src/gpu/randomWeights.ts";
import { matmulNnReference } from "../../src/gpu/reference/matmulNn.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu, variantNames } from "../helpers/gpu.ts";
import { random, runKernel } from "../helpers/kernel.ts";
import { rowOf, typesFor } from "../helpers/weights.ts";

const gpu = await testGpu();
const VARIANTS = gemmVariants(gpu).matmulNn;

test("every variant is tried", () => {
  const names = ["matmulNn", "matmulNnTile", "matmulNnShuffle", "matmulNnShuffleRows"];
  expect([...new Set(VARIANTS.map(({ name }) => name))]).toEqual(variantNames(gpu, names));
});

const SHAPES = [
  { M: 1, N: 1, K: 4, rank: 0, mode: 0 },
  { M: 3, N: 8, K: 8, rank: 4, mode: 1 },
  { M: 8, N: 64, K: 32, rank: 16, mode: 0 },
  { M: 9, N: 37, K: 36, rank: 8, mode: 2 },
  { M: 31, N: 61, K: 60, rank: 16, mode: 1 },
  { M: 33, N: 130, K: 64, rank: 20, mode: 2 },
  { M: 65, N: 67, K: 68, rank: 0, mode: 1 },
  { M: 130, N: 99, K: 132, rank: 64, mode: 0 },
];

const cases = VARIANTS.flatMap((kernel) =>
  typesFor(gpu, "matmulNn", kernel).flatMap((type) =>
    (type === "F32" ? SHAPES : SHAPES.slice(4, 6)).map((shape) => ({
      kernel,
      type,
      name: kernel.key,
      ...shape,
    })),
  ),
);

test.for(cases)("$name $type (M=$M, N=$N, K=$K, rank=$rank, mode=$mode)", async (c) => {
  const { M, N, K, rank, mode } = c;
  const [lddy, ldw, ldg, gOffset, lda] = [roundUp(N, 4) + 4, rowOf(c.type, K + 8), rank + 12, 8, K + 4];
  const [ldr, lddx] = [K + 4, K + 8];
  const dy = random(M * lddy, 1);
  for (let m = 0; m < M; m++) dy.fill(0, m * lddy + N, m * lddy + roundUp(N, 4));
  const w = randomWeights(N * ldw, c.type, 2);
  const g = random(M * ldg, 3);
  const a = random(Math.max(1, rank) * lda, 4);
  const r = random(M * ldr, 5);
  const dx = random(M * lddx, 6);
  const shape = { M, N, K, lddy, ldw, ldg, gOffset, lda, rank, scale: 1.5 };
  const out = await runKernel(
    gpu,
    withWeights(c.kernel, c.type),
    { dy, w: w.words, g, a, r, dx },
    { ...shape, ldr, lddx, mode },
  );
  const product = matmulNnReference(dy, w.values, g, a, shape);
  const want = Float64Array.from(dx); // what lies beyond a row's columns stays
  for (let m = 0; m < M; m++)
    for (let k = 0; k < K; k++) {
      const base = mode === 1 ? dx[m * lddx + k]! : mode === 2 ? r[m * ldr + k]! : 0;
      want[m * lddx + k] = base + product[m * K + k]!;
    }
  expectClose(out.f32("dx"), want, { ...matmulNn.tolerance, label: "dx" });
});

test.for(VARIANTS.map((kernel) => ({ kernel, name: kernel.key })))(
  "$name gives the same bits twice, and the base's where A is 0",
  async ({ kernel }) => {
    const [M, N, K, rank] = [37, 50, 96, 16];
    const ld = { lddy: 52, ldw: K, ldg: rank, gOffset: 0, lda: K, ldr: 0, lddx: K };
    const dy = random(M * ld.lddy, 1);
    for (let m = 0; m < M; m++) dy.fill(0, m * ld.lddy + N, (m + 1) * ld.lddy);
    const data = { dy, w: randomWeights(N * K, "F32", 2).words, g: random(M * rank, 3), r: random(4, 4) };
    const run = async (a: Float32Array<ArrayBuffer>, rank: number) => {
      const dx = { words: M * K };
      const out = await runKernel(
        gpu,
        kernel,
        { ...data, a, dx },
        { M, N, K, ...ld, rank, mode: 0, scale: 2 },
      );
      return out.u32("dx");
    };
    const a = random(rank * K, 5);
    const once = await run(a, rank);
    expect(await run(a, rank)).toEqual(once);
    expect(await run(new Float32Array(rank * K), rank)).toEqual(await run(a, 0));
  },
);

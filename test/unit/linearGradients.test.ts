/** A LoRA linear, and the rows that a last block picks: the backward references as the layers put them together. */
import { test } from "vitest";
import { gatherRowsReference } from "../../src/gpu/reference/gatherRows.ts";
import { matmulNnReference } from "../../src/gpu/reference/matmulNn.ts";
import { matmulNtReference } from "../../src/gpu/reference/matmulNt.ts";
import { matmulTnReference } from "../../src/gpu/reference/matmulTn.ts";
import { scatterAddRowsReference } from "../../src/gpu/reference/scatterAddRows.ts";
import { sumPartialsReference } from "../../src/gpu/reference/sumPartials.ts";
import { expectGradient } from "../helpers/differences.ts";
import { inner } from "../helpers/gradient.ts";
import { random } from "../helpers/kernel.ts";

// L = Σ dY ∘ (X·Wᵀ + s·(X·Aᵀ)·Bᵀ), its gradients by X, A and B; those of A and B in blocks of 2 of the 5 rows, added up.
test("a LoRA linear's gradients equal central differences", () => {
  const [M, N, K, rank, scale, block] = [5, 6, 8, 4, 1.5, 2];
  const x = Float64Array.from(random(M * K, 1));
  const w = Float64Array.from(random(N * K, 2));
  const a = Float64Array.from(random(rank * K, 3));
  const b = Float64Array.from(random(N * rank, 4));
  const dy = Float64Array.from(random(M * N, 5));
  const none = { ldh: 0, hOffset: 0, ldb: 0, rank: 0, scale: 0 };
  const times = (left: Float64Array, right: Float64Array, N: number, K: number) =>
    matmulNtReference(left, right, [], [], { M, N, K, ldx: K, ldw: K, ...none });
  const loss = () => {
    const h = times(x, a, rank, K);
    const low = { ldh: rank, hOffset: 0, ldb: rank, rank, scale };
    return inner(matmulNtReference(x, w, h, b, { M, N, K, ldx: K, ldw: K, ...low }), dy);
  };
  const transposed = Float64Array.from(
    { length: rank * N },
    (_, i) => b[(i % N) * rank + Math.floor(i / N)]!,
  );
  const h = times(x, a, rank, K);
  const g = times(dy, transposed, rank, N); // G = dY·B, not yet scaled
  const low = { ldg: rank, gOffset: 0, lda: K, rank, scale };
  expectGradient(matmulNnReference(dy, w, g, a, { M, N, K, lddy: N, ldw: K, ...low }), x, loss, "dx");

  const splits = Math.ceil(M / block);
  /** `out` as two packs leave it: the first overwrites what was there (beta 0), the second adds as much again (beta 1). */
  const twice = (partials: Float64Array, I: number, J: number, strides: { si: number; sj: number }) => {
    const shape = { splits, I, J, ...strides, outOffset: 0, scale };
    const first = sumPartialsReference(partials, new Float64Array(I * J).fill(7), { ...shape, beta: 0 });
    return sumPartialsReference(partials, first, { ...shape, beta: 1 }).map((v) => v / 2);
  };
  const ofA = { M, I: rank, J: K, ldp: rank, pOffset: 0, ldq: K, qOffset: 0 };
  const dA = twice(matmulTnReference(g, x, ofA, block), rank, K, { si: K, sj: 1 });
  expectGradient(dA, a, loss, "dA");
  const ofB = { M, I: rank, J: N, ldp: rank, pOffset: 0, ldq: N, qOffset: 0 };
  const dB = twice(matmulTnReference(h, dy, ofB, block), rank, N, { si: 1, sj: rank }); // Hᵀ·dY, laid as B is
  expectGradient(dB, b, loss, "dB");
});

test("rows picked, some of them twice and some never, give their gradients back to where they came from", () => {
  const [T, C] = [5, 3];
  const rows = [3, 0, 3, 4];
  const x = Float64Array.from(random(T * C, 1));
  const dy = random(rows.length * C, 2);
  const users = Array.from({ length: T }, (_, t) => rows.flatMap((row, r) => (row === t ? [r] : [])));
  const offsets = [0];
  for (const list of users) offsets.push(offsets.at(-1)! + list.length);
  expectGradient(
    scatterAddRowsReference(dy, offsets, users.flat(), T, C),
    x,
    () => inner(gatherRowsReference(x, rows, C), dy),
    "dx",
  );
});

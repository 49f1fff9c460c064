import code from "../../../shaders/matmulNn.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";

/**
 * dX = dY·W + scale·G·A (+ dX or R): the input gradient of `matmulNt`, on the same weights. K, rank, gOffset and every ld*
 * are multiples of 4; dY's columns from N up to the next multiple of 4 are 0. `mode` as in `matmulNt`.
 */
export const matmulNn = defineKernel({
  name: "matmulNn",
  code,
  bindings: { dy: "arena", w: "read", g: "arena", a: "read", r: "arena", dx: "arena" },
  params: {
    M: "u32",
    N: "u32",
    K: "u32",
    lddy: "u32",
    ldw: "u32",
    ldg: "u32",
    gOffset: "u32",
    lda: "u32",
    ldr: "u32",
    lddx: "u32",
    rank: "u32",
    mode: "u32",
    scale: "f32",
  },
  grid: ({ M, K }) => [ceilDiv(K, 32), ceilDiv(M, 32)],
  flops: ({ M, N, K, rank }) => 2 * M * K * (N + rank),
  tolerance: { rtol: 1e-5, atol: 2e-5 },
});

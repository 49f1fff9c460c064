import code from "../../../shaders/matmulNt.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";

/**
 * Y = X·Wᵀ + scale·H·Bᵀ (+ Y or R): a linear layer with its LoRA. ld* are row lengths in elements; K, rank, hOffset and
 * every ld* are multiples of 4, K whole blocks of W's type. `mode`: 0 overwrite, 1 add to Y, 2 add R (a bias where ldr is 0: one row for all). Bind
 * `gpu.unused(i)` where rank is 0 or mode is not 2.
 */
export const matmulNt = defineKernel({
  name: "matmulNt",
  code,
  bindings: { x: "arena", w: "read", h: "arena", b: "read", r: "arena", y: "arena" },
  params: {
    M: "u32",
    N: "u32",
    K: "u32",
    ldx: "u32",
    ldw: "u32",
    ldh: "u32",
    hOffset: "u32",
    ldb: "u32",
    ldr: "u32",
    ldy: "u32",
    rank: "u32",
    mode: "u32",
    scale: "f32",
  },
  grid: ({ M, N }) => [ceilDiv(N, 32), ceilDiv(M, 32)],
  flops: ({ M, N, K, rank }) => 2 * M * N * (K + rank),
  tolerance: { rtol: 1e-5, atol: 2e-5 },
});

import code from "../../../shaders/matmulTn.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";

/** Rows of one partial sum: fixed, so that the order of summation depends on the shape alone. */
export const TN_ROWS = 128;
/** How many partial sums M rows give. */
export const tnSplits = (M: number): number => ceilDiv(M, TN_ROWS);
/** 32-bit words `partials` needs. */
export const tnWords = (M: number, I: number, J: number): number => tnSplits(M) * I * J;

/**
 * Partial sums of Pᵀ·Q, for the gradients of LoRA's A and B; `sumPartials` adds them up. I, J, offsets and ld* are multiples
 * of 4, I ≤ 64.
 */
export const matmulTn = defineKernel({
  name: "matmulTn",
  code,
  bindings: { p: "arena", q: "arena", partials: "arena" },
  params: { M: "u32", I: "u32", J: "u32", ldp: "u32", pOffset: "u32", ldq: "u32", qOffset: "u32" },
  constants: { ROWS: TN_ROWS },
  grid: ({ M, I, J }) => [ceilDiv((I * J) / 16, 64), tnSplits(M)],
  flops: ({ M, I, J }) => 2 * M * I * J,
  tolerance: { rtol: 1e-5, atol: 2e-5 },
});

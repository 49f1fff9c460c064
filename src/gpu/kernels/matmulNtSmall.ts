import code from "../../../shaders/matmulNtSmall.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { matmulNt } from "./matmulNt.ts";

/** `matmulNt` for few rows on GPUs, where decoding is bound by reading the weights. WG is a power of two. */
export const matmulNtSmall = defineKernel({
  ...matmulNt,
  name: "matmulNtSmall",
  code,
  constants: { WG: 64 },
  grid: ({ M, N }) => [ceilDiv(N, 4), ceilDiv(M, 4)],
  variantOf: "matmulNt",
});

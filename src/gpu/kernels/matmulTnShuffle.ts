import code from "../../../shaders/matmulTnShuffle.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { matmulTn, TN_ROWS, tnSplits } from "./matmulTn.ts";

/** `matmulTn` for software adapters: WG is the subgroup size. */
export const matmulTnShuffle = defineKernel({
  ...matmulTn,
  name: "matmulTnShuffle",
  code,
  constants: { WG: 8, ROWS: TN_ROWS },
  grid: ({ M, I, J }, { WG }) => [ceilDiv(J, 4 * WG!), tnSplits(M), ceilDiv(I, 16)],
  variantOf: "matmulTn",
  features: ["subgroups"],
});

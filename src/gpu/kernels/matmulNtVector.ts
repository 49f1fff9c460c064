import code from "../../../shaders/matmulNtVector.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { matmulNt } from "./matmulNt.ts";

/** `matmulNt` for software adapters and a single row, as decoding has it: WG is the subgroup size. */
export const matmulNtVector = defineKernel({
  ...matmulNt,
  name: "matmulNtVector",
  code,
  constants: { WG: 8 },
  grid: ({ M, N }, { WG }) => [ceilDiv(N, 8 * WG!), M],
  variantOf: "matmulNt",
});

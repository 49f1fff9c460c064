import shader from "../../../shaders/matmulNtShuffle.wgsl?raw";
import sixteenRows from "../../../shaders/parts/sixteenRows.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { matmulNt } from "./matmulNt.ts";

/** `matmulNt` for software adapters, a lane to four columns: WG is the subgroup size, at least 4. */
export const matmulNtShuffle = defineKernel({
  ...matmulNt,
  name: "matmulNtShuffle",
  code: `${shader}\n${sixteenRows}`,
  constants: { WG: 8 },
  grid: ({ M, N }, { WG }) => [ceilDiv(N, 4 * WG!), ceilDiv(M, 16)],
  variantOf: "matmulNt",
  features: ["subgroups"],
});

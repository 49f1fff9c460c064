import code from "../../../shaders/matmulNtShuffleRows.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { matmulNt } from "./matmulNt.ts";

/** `matmulNt` for software adapters, a lane to four rows of 16 columns or eight of 32: WG is the subgroup size, at least 4. */
export const matmulNtShuffleRows = defineKernel({
  ...matmulNt,
  name: "matmulNtShuffleRows",
  code,
  constants: { WG: 8 },
  grid: ({ M, N }, { WG }) => [ceilDiv(N, WG! < 8 ? 32 : 16), ceilDiv(M, WG! < 8 ? 8 * WG! : 4 * WG!)],
  variantOf: "matmulNt",
  features: ["subgroups"],
});

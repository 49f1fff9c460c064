import code from "../../../shaders/matmulNnShuffleRows.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { matmulNn } from "./matmulNn.ts";

/** `matmulNn` for software adapters, a lane to four rows of 16 columns or eight of 32: WG is the subgroup size, at least 4. */
export const matmulNnShuffleRows = defineKernel({
  ...matmulNn,
  name: "matmulNnShuffleRows",
  code,
  constants: { WG: 8 },
  grid: ({ M, K }, { WG }) => [ceilDiv(K, WG! < 8 ? 32 : 16), ceilDiv(M, WG! < 8 ? 8 * WG! : 4 * WG!)],
  variantOf: "matmulNn",
  features: ["subgroups"],
});

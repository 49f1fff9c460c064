import shader from "../../../shaders/matmulNnShuffle.wgsl?raw";
import sixteenRows from "../../../shaders/parts/sixteenRows.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { matmulNn } from "./matmulNn.ts";

/** `matmulNn` for software adapters, a lane to four columns: WG is the subgroup size, at least 4. */
export const matmulNnShuffle = defineKernel({
  ...matmulNn,
  name: "matmulNnShuffle",
  code: `${shader}\n${sixteenRows}`,
  constants: { WG: 8 },
  grid: ({ M, K }, { WG }) => [ceilDiv(K, 4 * WG!), ceilDiv(M, 16)],
  variantOf: "matmulNn",
  features: ["subgroups"],
});

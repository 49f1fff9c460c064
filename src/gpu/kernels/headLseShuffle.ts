import shader from "../../../shaders/headLseShuffle.wgsl?raw";
import sixteenRows from "../../../shaders/parts/sixteenRows.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { headLse, headTiles } from "./headLse.ts";

/** `headLse` for software adapters: WG is the subgroup size. */
export const headLseShuffle = defineKernel({
  ...headLse,
  name: "headLseShuffle",
  code: `${shader}\n${sixteenRows}`,
  constants: { WG: 8 },
  grid: ({ R, V }) => [ceilDiv(R, 16), headTiles(V)],
  variantOf: "headLse",
  features: ["subgroups"],
});

import code from "../../../shaders/headLseTile.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { headLse, headTiles } from "./headLse.ts";

/** `headLse` for GPUs: 4·SIDE rows a workgroup; SIDE 8 or 16. */
export const headLseTile = defineKernel({
  ...headLse,
  name: "headLseTile",
  code,
  constants: { SIDE: 8 },
  grid: ({ R, V }, { SIDE }) => [ceilDiv(R, 4 * SIDE!), headTiles(V)],
  variantOf: "headLse",
});

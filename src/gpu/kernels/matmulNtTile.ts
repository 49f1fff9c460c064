import code from "../../../shaders/matmulNtTile.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { matmulNt } from "./matmulNt.ts";

/** `matmulNt` for GPUs: tiles of 4·SIDE rows and columns in workgroup memory; SIDE 8 or 16. */
export const matmulNtTile = defineKernel({
  ...matmulNt,
  name: "matmulNtTile",
  code,
  constants: { SIDE: 8 },
  grid: ({ M, N }, { SIDE }) => [ceilDiv(N, 4 * SIDE!), ceilDiv(M, 4 * SIDE!)],
  variantOf: "matmulNt",
});

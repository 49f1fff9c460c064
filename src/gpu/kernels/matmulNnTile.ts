import code from "../../../shaders/matmulNnTile.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";
import { matmulNn } from "./matmulNn.ts";

/** `matmulNn` for GPUs: tiles of 4·SIDE rows and columns in workgroup memory; SIDE 8 or 16. */
export const matmulNnTile = defineKernel({
  ...matmulNn,
  name: "matmulNnTile",
  code,
  constants: { SIDE: 8 },
  grid: ({ M, K }, { SIDE }) => [ceilDiv(K, 4 * SIDE!), ceilDiv(M, 4 * SIDE!)],
  variantOf: "matmulNn",
});

import code from "../../../shaders/rmsNormSerial.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";
import { rmsNorm } from "./rmsNorm.ts";

export const rmsNormSerial = defineKernel({
  ...rmsNorm,
  name: "rmsNormSerial",
  variantOf: "rmsNorm",
  code,
  constants: { WG: 64 },
  grid: ({ T }, { WG }) => linearGrid(ceilDiv(T!, WG!)),
});

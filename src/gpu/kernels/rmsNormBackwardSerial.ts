import code from "../../../shaders/rmsNormBackwardSerial.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";
import { rmsNormBackward } from "./rmsNormBackward.ts";

export const rmsNormBackwardSerial = defineKernel({
  ...rmsNormBackward,
  name: "rmsNormBackwardSerial",
  variantOf: "rmsNormBackward",
  code,
  constants: { WG: 64 },
  grid: ({ T }, { WG }) => linearGrid(ceilDiv(T!, WG!)),
});

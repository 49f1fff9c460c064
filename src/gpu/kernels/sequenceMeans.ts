import code from "../../../shaders/sequenceMeans.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";

export const sequenceMeans = defineKernel({
  name: "sequenceMeans",
  code,
  bindings: { logprob: "arena", offsets: "arena", means: "arena" },
  params: { S: "u32" },
  constants: { WG: 64 },
  grid: ({ S }, { WG = 1 }) => [Math.max(1, ceilDiv(S, WG))],
  flops: ({ S }) => 64 * S,
  tolerance: { rtol: 1e-5, atol: 1e-6 },
});

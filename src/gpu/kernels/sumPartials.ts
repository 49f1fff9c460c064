import code from "../../../shaders/sumPartials.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";

/**
 * The second half of `matmulTn`: out[outOffset + i·si + j·sj] = beta·out + scale·Σ partials. All in elements; beta 1
 * accumulates, beta 0 ignores what was there.
 */
export const sumPartials = defineKernel({
  name: "sumPartials",
  code,
  bindings: { partials: "arena", out: "read_write" },
  params: {
    splits: "u32",
    I: "u32",
    J: "u32",
    si: "u32",
    sj: "u32",
    outOffset: "u32",
    beta: "f32",
    scale: "f32",
  },
  constants: { WG: 64 },
  grid: ({ I, J }, { WG }) => [ceilDiv(I * J, WG!)],
  flops: ({ splits, I, J }) => splits * I * J,
  tolerance: { rtol: 1e-6, atol: 1e-6 },
});

import code from "../../../shaders/adamw.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel, linearGrid } from "../kernel.ts";

/**
 * Bias corrections of a step, counted from 1, for the betas as the shader has them: 1 − f32(0.999) is 1.3e-5 off 0.001,
 * and only the correction of the same beta takes that out again.
 */
export const biasCorrections = (step: number, beta1: number, beta2: number) => ({
  bias1: 1 - Math.fround(beta1) ** step,
  bias2: 1 - Math.fround(beta2) ** step,
});

/** `bias1` and `bias2` from `biasCorrections`, `decay` = lr · weight_decay. */
export const adamw = defineKernel({
  name: "adamw",
  code,
  bindings: { stats: "read", grads: "read", weights: "read_write", m: "read_write", v: "read_write" },
  params: {
    n: "u32",
    lr: "f32",
    beta1: "f32",
    beta2: "f32",
    eps: "f32",
    bias1: "f32",
    bias2: "f32",
    decay: "f32",
    max_grad_norm: "f32",
  },
  constants: { WG: 64, PER: 8 },
  grid: ({ n }, { WG = 1, PER = 1 }) => linearGrid(ceilDiv(n, WG * PER)),
  flops: ({ n }) => 18 * n,
  tolerance: { rtol: 2e-5, atol: 1e-7 },
});

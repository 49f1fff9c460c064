import code from "../../../shaders/objective.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";

/** A term that a question has not, in `terms`. */
export const ABSENT = 0xffffffff;

/** Loss and its gradient per question; tables of eight words a question, `scale` = 1 / questions of the update. "No clip" is ±1e30. */
export const objective = defineKernel({
  name: "objective",
  code,
  bindings: {
    means: "arena",
    terms: "arena",
    zList: "arena",
    weights: "arena",
    losses: "arena",
    gradients: "arena",
    parts: "arena",
  },
  params: { Q: "u32", scale: "f32" },
  constants: { WG: 64 },
  grid: ({ Q }, { WG = 1 }) => [Math.max(1, ceilDiv(Q, WG))],
  flops: ({ Q }) => 64 * Q,
  tolerance: { rtol: 1e-5, atol: 2e-6 },
});

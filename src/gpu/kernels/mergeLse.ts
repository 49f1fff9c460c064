import code from "../../../shaders/mergeLse.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";

/** Log-probability of every row's target, from what `headLse` left. */
export const mergeLse = defineKernel({
  name: "mergeLse",
  code,
  bindings: { partials: "arena", targetLogit: "arena", targets: "read", logprob: "arena" },
  params: { R: "u32", tiles: "u32" },
  constants: { WG: 64 },
  grid: ({ R }, { WG }) => [ceilDiv(R, WG!)],
  flops: ({ R, tiles }) => 4 * R * tiles,
  tolerance: { rtol: 1e-5, atol: 1e-5 },
});

import code from "../../../shaders/headLse.wgsl?raw";
import { ceilDiv } from "../../core/shape.ts";
import { defineKernel } from "../kernel.ts";

/** Columns of one partial log-sum-exp. */
export const HEAD_TILE = 64;
/** Partials a row has for V columns; of a sharded head, each shard's tiles add up. */
export const headTiles = (V: number): number => ceilDiv(V, HEAD_TILE);

/**
 * The head without logits: (max, Σ exp) of every tile of columns, and the target's logit; `mergeLse` finishes. One dispatch
 * per shard: W holds vocabulary rows vFirst…vFirst+V−1, whose tiles start at tileFirst of the row's `tiles`. C and ld* are
 * multiples of 4.
 */
export const headLse = defineKernel({
  name: "headLse",
  code,
  bindings: { x: "arena", w: "read", targets: "read", partials: "arena", targetLogit: "arena" },
  params: {
    R: "u32",
    V: "u32",
    C: "u32",
    ldx: "u32",
    ldw: "u32",
    vFirst: "u32",
    tileFirst: "u32",
    tiles: "u32",
  },
  grid: ({ R, V }) => [ceilDiv(R, 256), headTiles(V)],
  flops: ({ R, V, C }) => 2 * R * V * C,
  tolerance: { rtol: 1e-5, atol: 2e-5 },
});

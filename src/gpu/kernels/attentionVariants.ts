/** Which form of attention an adapter gets. */
import type { Gpu } from "../device.ts";
import type { Kernel } from "../kernel.ts";
import { attention } from "./attention.ts";
import { attentionBackwardKv } from "./attentionBackwardKv.ts";
import { attentionBackwardQ } from "./attentionBackwardQ.ts";
import { withRows } from "./rows.ts";

type Same<K> = K extends Kernel<infer B, infer P> ? Kernel<B, P> : never;

/** Attention for heads of `hs` columns. */
export function attentionFor(gpu: Gpu, _hs: number): Same<typeof attention> {
  return withRows(gpu, attention);
}

/** Attention's gradient by q for heads of `hs` columns. */
export function attentionBackwardQFor(gpu: Gpu, _hs: number): Same<typeof attentionBackwardQ> {
  return withRows(gpu, attentionBackwardQ);
}

/** Attention's gradient by k and v for heads of `hs` columns. */
export function attentionBackwardKvFor(gpu: Gpu, _hs: number): Same<typeof attentionBackwardKv> {
  return withRows(gpu, attentionBackwardKv);
}

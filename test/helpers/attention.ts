/** Inputs of the attention kernels and what the references make of them. */
import type { Gpu } from "../../src/gpu/device.ts";
import { type AttentionSizes, shuffleSizes } from "../../src/gpu/kernels/attentionSizes.ts";
import { type AttentionSize, attentionReference } from "../../src/gpu/reference/attention.ts";
import { attentionBackwardQReference } from "../../src/gpu/reference/attentionBackwardQ.ts";
import { canShuffle } from "./gpu.ts";
import { random } from "./kernel.ts";
import { type Packed, pack } from "./packing.ts";

/** [NH, NKV, hs]: one head, groups of 1 to 7, head sizes of pocket, the fixtures and larger models, and odd ones. */
export const HEADS = [
  [1, 1, 4],
  [4, 2, 32],
  [4, 4, 16],
  [3, 1, 20],
  [6, 2, 64],
  [2, 1, 128],
  [2, 1, 72],
  [14, 2, 8],
  [9, 3, 4],
  [32, 8, 4],
  [4, 1, 256],
] as const;

/** Heads for the forms whose lanes keep rows: fewer vectors than lanes, no multiple of four vectors, more than sixteen. */
export const LANE_HEADS = HEADS.filter(([, , hs]) => [4, 20, 72, 128].includes(hs));

/** A kernel of lanes that keep one row and two, by name, for heads of a size; none without subgroups. */
export function laneForms<K>(gpu: Gpu, name: string, of: (sizes: AttentionSizes) => K) {
  const forms: Record<string, (hs: number) => K> = {};
  if (!canShuffle(gpu)) return forms;
  for (const rows of [1, 2] as const)
    forms[`${name}, rows a lane: ${rows}`] = (hs) => of(shuffleSizes(hs, gpu.info.subgroupMinSize, rows));
  return forms;
}

/** Packs of one token, of one sequence round the workgroup sizes, and of prompts with several options. */
export const PACKS: readonly (readonly (readonly number[])[])[] = [
  [[1]],
  [[7], [9]],
  [[63], [2], [65]],
  [[5, 3, 4, 1]],
  [[40, 9, 1, 13], [3], [0, 17], [21, 8, 8]],
];

/** Packs and the window of a sliding layer: shorter than a block, ending in the prompt of an option, longer than all. */
export const WINDOWS = [
  [[[63], [2], [65]], 10],
  [[[40, 9], [0, 17], [7]], 12],
  [[[5, 6], [30]], 64],
  [[[9]], 1],
] as const satisfies readonly (readonly [(typeof PACKS)[number], number])[];

export interface AttentionCase extends AttentionSize, Packed {
  q: Float32Array<ArrayBuffer>;
  k: Float32Array<ArrayBuffer>;
  v: Float32Array<ArrayBuffer>;
  dout: Float32Array<ArrayBuffer>;
}

/** Random tensors for a pack; rows of q and of k and v are `pad` columns longer than their heads. */
export function attentionCase(
  groups: readonly (readonly number[])[],
  [NH, NKV, hs]: readonly [number, number, number],
  pad = 0,
  window?: number,
): AttentionCase {
  const packed = pack(groups, window);
  const { T } = packed;
  const ldq = NH * hs + pad;
  const ldkv = NKV * hs + pad;
  return {
    ...packed,
    NH,
    NKV,
    hs,
    ldq,
    ldkv,
    scale: 1 / Math.sqrt(hs),
    q: random(T * ldq, 1).map((x) => 2 * x),
    k: random(T * ldkv, 2).map((x) => 2 * x),
    v: random(T * ldkv, 3),
    dout: random(T * NH * hs, 4),
  };
}

/** Forward and delta by the references; `stats` as the kernels take them, delta left at `blank` unless it is null. */
export function attentionForward(c: AttentionCase, blank: number | null = null) {
  const { o, lse } = attentionReference(c.q, c.k, c.v, c.spans, c);
  const { dq, delta } = attentionBackwardQReference({ ...c, o, lse }, c);
  const stats = new Float32Array(2 * lse.length);
  lse.forEach((x, i) => {
    stats[2 * i] = x;
    stats[2 * i + 1] = blank ?? delta[i]!;
  });
  return { o: new Float32Array(o), lse, delta, dq, stats };
}

/** The kernels' parameters of a case. */
export const sizeOf = ({
  T,
  NH,
  NKV,
  hs,
  ldq,
  ldkv,
  scale,
}: AttentionSize): Record<keyof AttentionSize, number> => ({
  T,
  NH,
  NKV,
  hs,
  ldq,
  ldkv,
  scale,
});

/** [NH, NKV, hs] and sizes of tiles; few columns an invocation, as software adapters compile the real ones for a minute. */
export const TILES = [
  [[4, 2, 8], { region: { HS4: 2, LANES: 1, STEP: 5 }, rows: 64 }],
  [[3, 1, 16], { region: { HS4: 4, LANES: 4, STEP: 16 }, rows: 16 }],
  [[4, 1, 256], { region: { HS4: 64, LANES: 64, STEP: 4 }, rows: 1 }],
] as const satisfies readonly (readonly [readonly number[], AttentionSizes])[];

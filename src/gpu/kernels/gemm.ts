/** The matrix products, their variants, and which of them an adapter should try. */
import type { Gpu } from "../device.ts";
import { specialise } from "../kernel.ts";
import { headLse } from "./headLse.ts";
import { headLseShuffle } from "./headLseShuffle.ts";
import { headLseTile } from "./headLseTile.ts";
import { matmulNn } from "./matmulNn.ts";
import { matmulNnShuffle } from "./matmulNnShuffle.ts";
import { matmulNnShuffleRows } from "./matmulNnShuffleRows.ts";
import { matmulNnTile } from "./matmulNnTile.ts";
import { matmulNt } from "./matmulNt.ts";
import { matmulNtShuffle } from "./matmulNtShuffle.ts";
import { matmulNtShuffleRows } from "./matmulNtShuffleRows.ts";
import { matmulNtSmall } from "./matmulNtSmall.ts";
import { matmulNtTile } from "./matmulNtTile.ts";
import { matmulNtVector } from "./matmulNtVector.ts";
import { matmulTn } from "./matmulTn.ts";
import { matmulTnShuffle } from "./matmulTnShuffle.ts";
import { WEIGHT_BLOCKS, type WeightType } from "./weightTypes.ts";

/** The four products; a GemmSet has something of each. */
export interface GemmSet {
  matmulNt: typeof matmulNt;
  matmulNn: typeof matmulNn;
  matmulTn: typeof matmulTn;
  headLse: typeof headLse;
}
export type GemmName = keyof GemmSet;
export type GemmLists = { [Name in GemmName]: GemmSet[Name][] };

/** What the best variant depends on beside the adapter: the rows of the left operand. */
export const ROW_CLASSES = ["one", "few", "some", "many"] as const;
export type RowClass = (typeof ROW_CLASSES)[number];
/** Few are what one tile of the kernels for few rows takes: 8, on software adapters 16. */
export const rowClass = (gpu: Device, M: number): RowClass =>
  M === 1 ? "one" : M <= (gpu.info.isFallbackAdapter ? 16 : 8) ? "few" : M < 256 ? "some" : "many";

type Device = Pick<Gpu, "has" | "info">;

/** Every variant that this device can run, the plain one first, those for software adapters last. */
export function gemmVariants(gpu: Device): GemmLists {
  const tiles = GPU_TILES.map((constants) => ({ constants }));
  const shuffle = shuffles(gpu);
  return {
    matmulNt: [
      matmulNt,
      ...tiles.map((by) => specialise(matmulNtTile, by)),
      matmulNtSmall,
      ...(shuffle?.matmulNt ?? []),
    ],
    matmulNn: [matmulNn, ...tiles.map((by) => specialise(matmulNnTile, by)), ...(shuffle?.matmulNn ?? [])],
    matmulTn: [matmulTn, ...(shuffle?.matmulTn ?? [])],
    headLse: [headLse, ...tiles.map((by) => specialise(headLseTile, by)), ...(shuffle?.headLse ?? [])],
  };
}

/**
 * What is worth trying for this class of row counts and these weights, likeliest first. A software adapter has one candidate
 * each: its compiler takes longer than any choice could win back.
 */
export function gemmCandidates(gpu: Device, rows: RowClass, type: WeightType = "F32"): GemmLists {
  if (gpu.info.isFallbackAdapter) {
    const shuffle = shuffles(gpu);
    if (!shuffle)
      return { matmulNt: [matmulNt], matmulNn: [matmulNn], matmulTn: [matmulTn], headLse: [headLse] };
    const [byColumns, byRows, vector] = shuffle.matmulNt;
    const isWide = gpu.info.subgroupMinSize > 4; // with 4 lanes the tiles by rows are the larger ones
    const isBlocks = WEIGHT_BLOCKS[type].values > 1;
    // By columns a tile has 16 rows, by rows 32. A lane unpacks twice as many weights; where they lie in blocks, these share
    // most of the work. Of a gradient of a few columns, as LoRA's B has, a tile by columns leaves most of eight lanes idle.
    const nt = rows === "few" || (isWide && isBlocks) ? byColumns : byRows;
    const isFew = rows === "few" || rows === "one";
    const nn = shuffle.matmulNn[isWide && (isBlocks || isFew) ? 0 : 1];
    return { ...shuffle, matmulNt: [rows === "one" ? vector! : nt!], matmulNn: [nn!] };
  }
  const { matmulTn: tn, headLse: head, ...all } = gemmVariants(gpu);
  const tiles = <T extends { name: string }>(list: T[]) => list.filter((k) => k.name.endsWith("Tile"));
  const [nt, nn, lse] = [tiles(all.matmulNt), tiles(all.matmulNn), tiles(head)];
  if (rows === "many") {
    return {
      matmulNt: [...nt, matmulNt],
      matmulNn: [...nn, matmulNn],
      matmulTn: tn,
      headLse: [...lse, headLse],
    };
  }
  const few = rows === "some" ? [] : [matmulNtSmall];
  return {
    matmulNt: [...few, nt[0]!, matmulNt],
    matmulNn: [nn[0]!, matmulNn],
    matmulTn: tn.slice(0, 1),
    headLse: [lse[0]!, headLse],
  };
}

const GPU_TILES = [{ SIDE: 8 }, { SIDE: 16 }];

/** The variants whose workgroup is one subgroup, or null where there are no subgroups of 4 or more. */
function shuffles(gpu: Device): GemmLists | null {
  const WG = gpu.info.subgroupMinSize;
  if (!gpu.has("subgroups") || WG < 4) return null;
  const by = { constants: { WG } };
  return {
    matmulNt: [matmulNtShuffle, matmulNtShuffleRows, matmulNtVector].map((kernel) => specialise(kernel, by)),
    matmulNn: [specialise(matmulNnShuffle, by), specialise(matmulNnShuffleRows, by)],
    matmulTn: [specialise(matmulTnShuffle, by)],
    headLse: [specialise(headLseShuffle, by)],
  };
}

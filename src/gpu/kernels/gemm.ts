/** The matrix products and their variants, the plain one first: what tests run through and the autotuner picks from. */
import type { Gpu } from "../device.ts";
import { specialise } from "../kernel.ts";
import { headLse } from "./headLse.ts";
import { headLseShuffle } from "./headLseShuffle.ts";
import { headLseTile } from "./headLseTile.ts";
import { matmulNn } from "./matmulNn.ts";
import { matmulNnShuffle } from "./matmulNnShuffle.ts";
import { matmulNnTile } from "./matmulNnTile.ts";
import { matmulNt } from "./matmulNt.ts";
import { matmulNtShuffle } from "./matmulNtShuffle.ts";
import { matmulNtTile } from "./matmulNtTile.ts";
import { matmulTn } from "./matmulTn.ts";
import { matmulTnShuffle } from "./matmulTnShuffle.ts";

/** Every variant that this device can run, sized for its subgroups. */
export function gemmVariants(gpu: Pick<Gpu, "has" | "info">) {
  const subgroups = gpu.has("subgroups") && gpu.info.subgroupMinSize >= 4;
  const WG = gpu.info.subgroupMinSize;
  const shuffled = <T>(variants: () => T[]): T[] => (subgroups ? variants() : []);
  const sides = [{ SIDE: 8 }, { SIDE: 16 }];
  return {
    matmulNt: [
      matmulNt,
      ...sides.map((constants) => specialise(matmulNtTile, { constants })),
      ...shuffled(() => [specialise(matmulNtShuffle, { constants: { WG } })]),
    ],
    matmulNn: [
      matmulNn,
      ...sides.map((constants) => specialise(matmulNnTile, { constants })),
      ...shuffled(() => [specialise(matmulNnShuffle, { constants: { WG } })]),
    ],
    matmulTn: [matmulTn, ...shuffled(() => [specialise(matmulTnShuffle, { constants: { WG } })])],
    headLse: [
      headLse,
      ...sides.map((constants) => specialise(headLseTile, { constants })),
      ...shuffled(() => [specialise(headLseShuffle, { constants: { WG } })]),
    ],
  };
}

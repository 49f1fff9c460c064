/** Attention's variants keep rows of a head in registers, whose number must be written into the shader: its `region size`. */
import { ceilDiv } from "../../core/shape.ts";
import { type Kernel, linearGrid, specialise } from "../kernel.ts";

export interface AttentionSizes {
  region: Readonly<Record<string, number>>; // the constants of `region size`
  rows: number; // of a key head that a workgroup takes
}

/** Columns of a row that a lane can keep, and that four lanes can hold together: a shader has 32 vectors and eight pieces of four. */
export const MAX_LANE_HS = 128;

/** Lanes of one subgroup with one or two rows each. hs: columns of a head, a multiple of 4 up to MAX_LANE_HS; WG: the subgroup size. */
export const shuffleSizes = (hs: number, WG: number, rows: 1 | 2): AttentionSizes => ({
  region: { HS4: hs / 4, WG, ROWS: rows },
  rows: WG * rows,
});

const TILE_WG = 64; // as the tile shaders have it
const LANE_COLUMNS = 32; // of a row in one invocation's registers

/** Workgroups that share rows in 16 KiB of workgroup memory; as many invocations a row as its columns want. */
export function tileSizes(hs: number): AttentionSizes {
  let LANES = 1;
  while (LANES * LANE_COLUMNS < hs && hs % (LANES * 8) === 0) LANES *= 2;
  const STEP = hs <= 32 ? 16 : hs <= 128 ? 8 : 4; // 8·STEP·(hs + WG) bytes
  return { region: { HS4: hs / 4, LANES, STEP }, rows: TILE_WG / LANES };
}

/** Workgroups for `count` rows of each of NKV key heads. */
export const sizedGrid = (count: number, NKV: number, { rows }: AttentionSizes) =>
  linearGrid(NKV * ceilDiv(count, rows));

/** The kernel with these sizes; `count` gives the rows of a key head from the kernel's parameters. */
export function withSizes<B extends string, P extends string>(
  kernel: Kernel<B, P>,
  sizes: AttentionSizes,
  count: (params: Readonly<Record<P, number>>) => number,
): Kernel<B, P> {
  const constants = Object.entries(sizes.region);
  const part = {
    name: constants.map((entry) => entry.join("=")).join(" "),
    code: constants.map(([name, value]) => `const ${name} = ${value}u;`).join("\n"),
  };
  const grid = (params: Readonly<Record<P, number>>) =>
    sizedGrid(count(params), (params as Readonly<Record<string, number>>).NKV!, sizes);
  return { ...specialise(kernel, { parts: { size: part } }), grid };
}

/** Kernels whose lanes keep whole rows of a head in registers: how many columns, lanes and rows is written into the shader. */
import { ceilDiv } from "../../core/shape.ts";
import { type Kernel, linearGrid, specialise } from "../kernel.ts";

export interface LaneRows {
  hs: number; // columns of a head, a multiple of 4
  WG: number; // lanes, the subgroup size
  rows: number; // rows a lane
}

/** Workgroups for `count` rows of each of NKV key heads. */
export const laneGrid = (count: number, NKV: number, { WG, rows }: LaneRows) =>
  linearGrid(NKV * ceilDiv(count, WG * rows));

/** The kernel with another `region size`; `count` gives the rows of a key head from the kernel's parameters. */
export function withLaneRows<B extends string, P extends string>(
  kernel: Kernel<B, P>,
  size: LaneRows,
  count: (params: Readonly<Record<P, number>>) => number,
): Kernel<B, P> {
  const { hs, WG, rows } = size;
  const code = `const HS4 = ${hs / 4}u;\nconst WG = ${WG}u;\nconst ROWS = ${rows}u;`;
  const part = { name: `hs${hs}lanes${WG}rows${rows}`, code };
  const grid = (params: Readonly<Record<P, number>>) =>
    laneGrid(count(params), (params as Readonly<Record<string, number>>).NKV!, size);
  return { ...specialise(kernel, { parts: { size: part } }), grid };
}

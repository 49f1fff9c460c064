import { describe, expect, test } from "vitest";
import { attentionBackwardKv } from "../../src/gpu/kernels/attentionBackwardKv.ts";
import { attentionBackwardKvShuffleOf } from "../../src/gpu/kernels/attentionBackwardKvShuffle.ts";
import { attentionBackwardKvTileOf } from "../../src/gpu/kernels/attentionBackwardKvTile.ts";
import { attentionBackwardKvFor } from "../../src/gpu/kernels/attentionVariants.ts";
import { attentionBackwardKvReference } from "../../src/gpu/reference/attentionBackwardKv.ts";
import {
  attentionCase,
  attentionForward,
  HEADS,
  LANE_HEADS,
  laneForms,
  PACKS,
  sizeOf,
  TILES,
  WINDOWS,
} from "../helpers/attention.ts";
import { expectClose } from "../helpers/close.ts";
import { testGpu } from "../helpers/gpu.ts";
import { runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

const variants = {
  attentionBackwardKv: () => attentionBackwardKv,
  chosen: (hs: number) => attentionBackwardKvFor(gpu, hs),
};
type Forms = Record<string, (hs: number) => typeof attentionBackwardKv>;
const each = <T>(list: readonly T[], forms: Forms) =>
  Object.entries(forms).flatMap(([name, of]) => list.map((x) => ({ name, of, x })));
const every = <T>(list: readonly T[], more: Forms = {}) => each(list, { ...variants, ...more });
const lanes = laneForms(gpu, "attentionBackwardKvShuffle", attentionBackwardKvShuffleOf);

async function check(kernel: typeof attentionBackwardKv, c: ReturnType<typeof attentionCase>) {
  const { q, k, v, dout, reach, T, NKV, hs, ldkv } = c;
  const { stats, lse, delta } = attentionForward(c);
  const words = T * ldkv;
  const out = await runKernel(
    gpu,
    kernel,
    { q, k, v, dout, stats, reach, dk: { words, fill: 5 }, dv: { words, fill: 5 } },
    sizeOf(c),
  );
  const want = attentionBackwardKvReference({ ...c, lse, delta }, c);
  const inHeads = (_: number, i: number) => i % ldkv < NKV * hs;
  for (const name of ["dk", "dv"] as const) {
    const got = out.f32(name);
    expectClose(got.filter(inHeads), want[name].filter(inHeads), { ...kernel.tolerance, label: name });
    expect(got.filter((x, i) => !inHeads(x, i)).every((x) => x === 5)).toBe(true);
  }
}

describe("head shapes", () => {
  test.for([...every(HEADS), ...each(LANE_HEADS, lanes)])("$name, NH, NKV, hs = $x", ({ of, x }) =>
    check(of(x[2]), attentionCase([[40, 9, 1], [3]], x)),
  );
});

describe("packs", () => {
  test.for(every(PACKS, lanes))("$name, $x", ({ of, x }) => check(of(32), attentionCase(x, [4, 2, 32], 4)));
});

describe("sliding windows", () => {
  const tile = { attentionBackwardKvTile: () => attentionBackwardKvTileOf(TILES[1][1]) };
  test.for(every(WINDOWS, tile))("$name, $x", ({ name, of, x: [groups, window] }) => {
    const heads = name === "attentionBackwardKvTile" ? TILES[1][0] : ([4, 2, 32] as const);
    return check(of(heads[2]), attentionCase(groups, heads, 4, window));
  });
});

describe("tiles", () => {
  const cases = TILES.flatMap(([heads, sizes]) => PACKS.map((groups) => ({ heads, sizes, groups })));
  test.for(cases)("attentionBackwardKvTile, NH, NKV, hs = $heads, $groups", ({ heads, sizes, groups }) =>
    check(attentionBackwardKvTileOf(sizes), attentionCase(groups, heads, 4)),
  );
});

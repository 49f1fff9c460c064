import { describe, expect, test } from "vitest";
import { attentionBackwardQ } from "../../src/gpu/kernels/attentionBackwardQ.ts";
import { attentionBackwardQShuffleOf } from "../../src/gpu/kernels/attentionBackwardQShuffle.ts";
import { attentionBackwardQTileOf } from "../../src/gpu/kernels/attentionBackwardQTile.ts";
import { attentionBackwardQFor } from "../../src/gpu/kernels/attentionVariants.ts";
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
  attentionBackwardQ: () => attentionBackwardQ,
  chosen: (hs: number) => attentionBackwardQFor(gpu, hs),
};
type Forms = Record<string, (hs: number) => typeof attentionBackwardQ>;
const each = <T>(list: readonly T[], forms: Forms) =>
  Object.entries(forms).flatMap(([name, of]) => list.map((x) => ({ name, of, x })));
const every = <T>(list: readonly T[], more: Forms = {}) => each(list, { ...variants, ...more });
const lanes = laneForms(gpu, "attentionBackwardQShuffle", attentionBackwardQShuffleOf);

async function check(kernel: typeof attentionBackwardQ, c: ReturnType<typeof attentionCase>) {
  const { q, k, v, dout, spans, T, NH, hs, ldq } = c;
  const { o, stats, dq, delta } = attentionForward(c, 99);
  const out = await runKernel(
    gpu,
    kernel,
    { q, k, v, o, dout, stats, spans, dq: { words: T * ldq, fill: 5 } },
    sizeOf(c),
  );
  const inHeads = (_: number, i: number) => i % ldq < NH * hs;
  expectClose(out.f32("dq").filter(inHeads), dq.filter(inHeads), { ...kernel.tolerance, label: "dq" });
  expect(
    out
      .f32("dq")
      .filter((x, i) => !inHeads(x, i))
      .every((x) => x === 5),
  ).toBe(true);
  const got = out.f32("stats");
  expectClose(
    got.filter((_, i) => i % 2 === 1),
    delta,
    { ...kernel.tolerance, label: "delta" },
  );
  expect(got.filter((_, i) => i % 2 === 0)).toEqual(stats.filter((_, i) => i % 2 === 0));
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
  const tile = { attentionBackwardQTile: () => attentionBackwardQTileOf(TILES[1][1]) };
  test.for(every(WINDOWS, tile))("$name, $x", ({ name, of, x: [groups, window] }) => {
    const heads = name === "attentionBackwardQTile" ? TILES[1][0] : ([4, 2, 32] as const);
    return check(of(heads[2]), attentionCase(groups, heads, 4, window));
  });
});

describe("tiles", () => {
  const cases = TILES.flatMap(([heads, sizes]) => PACKS.map((groups) => ({ heads, sizes, groups })));
  test.for(cases)("attentionBackwardQTile, NH, NKV, hs = $heads, $groups", ({ heads, sizes, groups }) =>
    check(attentionBackwardQTileOf(sizes), attentionCase(groups, heads, 4)),
  );
});

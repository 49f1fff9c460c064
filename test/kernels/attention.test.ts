import { describe, expect, test } from "vitest";
import { attention } from "../../src/gpu/kernels/attention.ts";
import { attentionShuffleOf } from "../../src/gpu/kernels/attentionShuffle.ts";
import { attentionTileOf } from "../../src/gpu/kernels/attentionTile.ts";
import { attentionDecodeFor, attentionFor } from "../../src/gpu/kernels/attentionVariants.ts";
import { attentionReference } from "../../src/gpu/reference/attention.ts";
import {
  attentionCase,
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
import { random, runKernel } from "../helpers/kernel.ts";

const gpu = await testGpu();

const variants = {
  attention: () => attention,
  chosen: (hs: number) => attentionFor(gpu, hs),
};
type Forms = Record<string, (hs: number) => typeof attention>;
const each = <T>(list: readonly T[], forms: Forms) =>
  Object.entries(forms).flatMap(([name, of]) => list.map((x) => ({ name, of, x })));
const every = <T>(list: readonly T[], more: Forms = {}) => each(list, { ...variants, ...more });
const lanes = laneForms(gpu, "attentionShuffle", attentionShuffleOf);

async function check(kernel: typeof attention, c: ReturnType<typeof attentionCase>) {
  const { T, NH, hs, q, k, v, spans } = c;
  const out = await runKernel(
    gpu,
    kernel,
    { q, k, v, spans, o: { words: T * NH * hs }, stats: { words: T * NH * 2, fill: 7 } },
    sizeOf(c),
  );
  const want = attentionReference(q, k, v, spans, c);
  const stats = out.f32("stats");
  expectClose(out.f32("o"), want.o, { ...kernel.tolerance, label: "o" });
  expectClose(
    stats.filter((_, i) => i % 2 === 0),
    want.lse,
    { ...kernel.tolerance, label: "log-sum-exp" },
  );
  expect(stats.filter((_, i) => i % 2 === 1).every((x) => x === 7)).toBe(true); // delta is the backward's
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
  const tile = { attentionTile: () => attentionTileOf(TILES[1][1]) };
  test.for(every(WINDOWS, tile))("$name, $x", ({ name, of, x: [groups, window] }) => {
    const heads = name === "attentionTile" ? TILES[1][0] : ([4, 2, 32] as const);
    return check(of(heads[2]), attentionCase(groups, heads, 4, window));
  });
});

describe("tiles", () => {
  const cases = TILES.flatMap(([heads, sizes]) => PACKS.map((groups) => ({ heads, sizes, groups })));
  test.for(cases)("attentionTile, NH, NKV, hs = $heads, $groups", ({ heads, sizes, groups }) =>
    check(attentionTileOf(sizes), attentionCase(groups, heads, 4)),
  );
});

const decoding = { "chosen for decoding": (hs: number) => attentionDecodeFor(gpu, hs) };
test.for(every([1, 7, 64, 65], decoding))(
  "$name: decoding, $x keys a row far apart, one row without any",
  async ({ of, x: n }) => {
    const T = 3;
    const room = 80; // keys a row of the cache has
    const far = 2 * room;
    const c = {
      ...attentionCase([[1]], [4, 2, 32]),
      T,
      spans: new Uint32Array(
        [
          [0, 0, 0, n],
          [0, 0, 0, 0],
          [far, far + n - 1, far + n, far + n + 1],
        ].flat(),
      ),
      q: random(T * 128, 5),
      k: random(3 * room * 64, 6),
      v: random(3 * room * 64, 7),
    };
    await check(of(32), c);
  },
);

test.for(every([16]))("$name: scores of hundreds overflow nothing", async ({ of, x: hs }) => {
  const c = attentionCase([[30]], [4, 2, hs]);
  const whole = (by: number) => (x: number) => Math.round(by * x); // whole numbers: the scores are exact in float32
  await check(of(hs), { ...c, q: c.q.map(whole(30)), k: c.k.map(whole(4)) });
});

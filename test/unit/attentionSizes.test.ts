import { expect, test } from "vitest";
import type { Gpu } from "../../src/gpu/device.ts";
import { tileSizes } from "../../src/gpu/kernels/attentionSizes.ts";
import {
  attentionBackwardKvFor,
  attentionBackwardQFor,
  attentionDecodeFor,
  attentionFor,
} from "../../src/gpu/kernels/attentionVariants.ts";

const WG = 64;

test("tiles fit 16 KiB of workgroup memory and divide their heads, every head size to 256", () => {
  for (let hs = 4; hs <= 256; hs += 4) {
    const { region, rows } = tileSizes(hs);
    const { HS4 = 0, LANES = 0, STEP = 0 } = region;
    expect(2 * STEP * hs * 4 + STEP * WG * 8).toBeLessThanOrEqual(16384 - 16); // two tiles, parts, range
    expect([HS4 * 4, HS4 % LANES, rows * LANES]).toEqual([hs, 0, WG]);
  }
  expect([16, 32, 64, 128, 256].map((hs) => hs / tileSizes(hs).region.LANES!)).toEqual([16, 32, 32, 32, 32]);
});

/** Only what the choice looks at. */
const adapter = (isFallbackAdapter: boolean, subgroupMinSize: number, subgroupMaxSize: number) =>
  ({ info: { name: "", isFallbackAdapter, subgroupMinSize, subgroupMaxSize } }) as Gpu;
const chosen = (gpu: Gpu, hs: number) =>
  [attentionFor, attentionDecodeFor, attentionBackwardQFor, attentionBackwardKvFor].map(
    (f) => f(gpu, hs).name,
  );

test("GPUs get tiles, software adapters shuffles, and the plain form does where neither fits", () => {
  const plain = ["attention", "attention", "attentionBackwardQ", "attentionBackwardKv"];
  const tiles = ["attentionTile", "attention", "attentionBackwardQTile", "attentionBackwardKvTile"];
  const shuffles = [
    "attentionShuffle",
    "attentionShuffle",
    "attentionBackwardQShuffle",
    "attentionBackwardKvShuffle",
  ];
  expect(chosen(adapter(false, 32, 32), 64)).toEqual(tiles);
  expect(chosen(adapter(false, 0, 0), 256)).toEqual(tiles);
  expect(chosen(adapter(true, 8, 8), 32)).toEqual(shuffles);
  expect(chosen(adapter(true, 8, 8), 256)).toEqual(plain);
  expect(chosen(adapter(true, 0, 0), 32)).toEqual(plain); // without subgroups
  expect(chosen(adapter(true, 4, 16), 32)).toEqual(plain); // lanes not known
});

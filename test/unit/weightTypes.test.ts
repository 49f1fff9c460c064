import { describe, expect, test } from "vitest";
import { dequantise, halfToNumber } from "../../src/gpu/dequantise.ts";
import {
  packWeights,
  WEIGHT_BLOCKS,
  WEIGHT_TYPES,
  weightBytes,
  weightType,
  weightWords,
} from "../../src/gpu/kernels/weightTypes.ts";
import { randomWeights } from "../../src/gpu/randomWeights.ts";
import { quantFixtures } from "../helpers/weights.ts";

const fixtures = await quantFixtures();

describe("every quantised type", () => {
  test.for(fixtures.map((f) => [f.type, f] as const))("%s: the same bits as GGML reads", ([type, f]) => {
    expect(f.blocks.length).toBe(weightBytes(type, f.values.length));
    expect(new Uint32Array(dequantise(type, f.blocks).buffer)).toEqual(new Uint32Array(f.values.buffer));
    const odd = new Uint8Array(f.blocks.length + 3); // a file's tensor may start at any byte
    odd.set(f.blocks, 3);
    expect(dequantise(type, odd.subarray(3))).toEqual(f.values);
    expect(packWeights(type, odd.subarray(3))).toEqual(packWeights(type, f.blocks));
  });

  test.for(WEIGHT_TYPES)("%s: blocks become whole words and lose nothing", (type) => {
    const { bytes, words, values } = randomWeights(512, type, 1);
    expect(words.length).toBe(weightWords(type, 512));
    const { bytes: size, words: padded, values: perBlock } = WEIGHT_BLOCKS[type];
    if (padded < 1) return expect(new Uint8Array(words.buffer)).toEqual(bytes);
    const packed = new Uint8Array(words.buffer);
    const pad = type === "Q6_K" ? 210 : 2; // where the two bytes of padding stand, if there are any
    for (let b = 0; b < 512 / perBlock; b++) {
      const block = [...packed.subarray(4 * b * padded, 4 * (b + 1) * padded)];
      if (4 * padded > size) expect(block.splice(pad, 2)).toEqual([0, 0]);
      expect(block).toEqual([...bytes.subarray(b * size, (b + 1) * size)]);
    }
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(2.5);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

test("packed words are a view where nothing has to move, and a tail is padded with zeros", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  expect(packWeights("F16", bytes).buffer).toBe(bytes.buffer);
  expect(packWeights("F16", bytes.subarray(0, 6))).toEqual(Uint32Array.of(0x04030201, 0x0605));
  expect(packWeights("BF16", bytes.subarray(1, 5))).toEqual(Uint32Array.of(0x05040302));
});

test("halves are IEEE's, BF16 the upper half of a float", () => {
  const halves = [0, 0x8000, 1, 0x3ff, 0x400, 0x3c00, 0xc000, 0x7bff, 0x7c00].map(halfToNumber);
  expect(halves).toEqual([
    0,
    -0,
    2 ** -24,
    1023 * 2 ** -24,
    2 ** -14,
    1,
    -2,
    65504,
    Number.POSITIVE_INFINITY,
  ]);
  expect(halfToNumber(0x7e00)).toBeNaN();
  expect(dequantise("BF16", Uint8Array.of(0x80, 0x3f, 0x20, 0xc0))).toEqual(Float32Array.of(1, -2.5));
});

test("a type that is not supported is refused by its name", () => {
  expect(weightType("Q5_K", "a")).toBe("Q5_K");
  for (const name of ["Q2_K", "Q3_K", "IQ4_NL", "toString"])
    expect(() => weightType(name, "blk.0.attn_q.weight")).toThrow(
      expect.objectContaining({
        code: "bad-model",
        message: expect.stringMatching(new RegExp(`^blk.0.attn_q.weight .* ${name}, .*Q6_K`)),
      }),
    );
});

/** Rounding to 16-bit floats against values by hand, and back through the reader. */
import { expect, test } from "vitest";
import { encodeFloats } from "../../src/model/floats.ts";

const bitsOf = (type: "F16" | "BF16", ...values: number[]) => {
  const bytes = encodeFloats(Float32Array.from(values), type);
  return [...new Uint16Array(bytes.buffer)].map((word) => word.toString(16).padStart(4, "0"));
};

test("halves: ties to even, carries, subnormals, the ends of the range", () => {
  expect(bitsOf("F16", 1, -2, 65504, 0, -0)).toEqual(["3c00", "c000", "7bff", "0000", "8000"]);
  expect(bitsOf("F16", 1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20)).toEqual([
    "3c00",
    "3c02",
    "3c01",
  ]);
  expect(bitsOf("F16", 2 - 2 ** -12, 65519, 65520, 1e9, -1e9)).toEqual([
    "4000",
    "7bff",
    "7c00",
    "7c00",
    "fc00",
  ]);
  expect(bitsOf("F16", 2 ** -14, 2 ** -14 - 2 ** -25, 1023 * 2 ** -24, 2 ** -24)).toEqual([
    "0400",
    "0400",
    "03ff",
    "0001",
  ]);
  expect(bitsOf("F16", 2 ** -25, 2 ** -25 + 2 ** -40, 3 * 2 ** -25, 2 ** -26, 1e-40)).toEqual([
    "0000",
    "0001",
    "0002",
    "0000",
    "0000",
  ]);
  expect(bitsOf("F16", Number.POSITIVE_INFINITY, Number.NaN)).toEqual(["7c00", "7e00"]);
});

test("bfloat16: ties to even, carries, the ends of the range", () => {
  expect(bitsOf("BF16", 1, -100, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20)).toEqual([
    "3f80",
    "c2c8",
    "3f80",
    "3f82",
    "3f81",
  ]);
  expect(bitsOf("BF16", 3.4e38, Number.POSITIVE_INFINITY, -0)).toEqual(["7f80", "7f80", "8000"]);
  expect(bitsOf("BF16", Number.NaN)).toEqual(["7fc0"]);
});

test("every half is rounded to itself, and what lies between two to the nearer one", () => {
  const halves = Array.from({ length: 0x7bff }, (_, half) => half);
  const values = halves.flatMap((half) => {
    const value = halfValue(half);
    const gap = halfValue(half + 1) - value;
    return [value, -value, value + gap * 0.49, value + gap * 0.51];
  });
  const got = new Uint16Array(encodeFloats(Float32Array.from(values), "F16").buffer);
  const want = halves.flatMap((half) => [half, half | 0x8000, half, half + 1]);
  expect(want.findIndex((word, i) => got[i] !== word)).toBe(-1);
});

/** The number that a half stands for, by its definition. */
function halfValue(half: number): number {
  const exponent = half >> 10;
  const fraction = (half & 1023) / 1024;
  return exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
}
